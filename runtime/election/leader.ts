/**
 * Leader election on a Lease, with the rules of client-go. The holder renews the Lease; a candidate takes it over when it was not
 * renewed for its duration. Times in the Lease are from another machine's clock, so a candidate only considers when it saw the
 * Lease change. A leader that cannot renew stops before another candidate can take over.
 */

import type { KubeObject, Resource } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Client } from '../client/client.ts';
import { isAlreadyExists, isConflict, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { microTime } from '../micro-time.ts';
import { runningClock } from '../running-clock.ts';

export interface Lease extends KubeObject {
  readonly spec: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number;
  };
}

export const LEASES: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export interface LeaderOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>;
  readonly name: string;
  readonly namespace: string;
  /** The name of this candidate. Unique among all candidates. */
  readonly identity: string;
  readonly log: Logger;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** Replaces both clocks in tests. */
  readonly now?: () => number;
}

/** The Lease was lost while leading. Another candidate may lead now. */
export class LeadershipLostError extends Error {
  readonly code = 'E_LEADERSHIP_LOST';
  /** Whether the work has ended. If not, the process must exit, because nothing else ends work that hangs. */
  readonly workEnded: boolean;

  constructor(message: string, workEnded: boolean) {
    super(message);
    this.workEnded = workEnded;
  }
}

export class LeaderElector {
  readonly #options: LeaderOptions;
  /** How long the Lease is ours: this clock also advances while the machine is suspended. */
  readonly #now: () => number;
  /** How long another's Lease was not renewed: this clock stops while the machine is suspended and could not see a renewal. */
  readonly #seenNow: () => number;
  /** The version of the Lease as last seen, and when it was first seen. */
  #seen: { readonly version: string; readonly at: number } | undefined;
  /** When the last successful renewal was sent; undefined while the Lease is not ours. */
  #renewedAt: number | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#now = options.now ?? runningClock();
    this.#seenNow = options.now ?? ((): number => performance.now());
  }

  /**
   * Whether no other candidate can hold the Lease now. Check it right before each write: a process that was paused resumes in the
   * middle of its work, and must not continue. The rest of the Lease's duration is the time for the write to arrive.
   */
  get isLeading(): boolean {
    return this.#renewedAt !== undefined && this.#now() - this.#renewedAt < this.#options.renewDeadlineMs;
  }

  /**
   * Waits for the Lease, runs `lead` until it returns or `signal` aborts, and releases the Lease. If the Lease cannot be renewed
   * in time, the signal that `lead` gets aborts, and this throws LeadershipLostError.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { retryPeriodMs, log, identity } = this.#options;
    this.#renewedAt = undefined;
    while (!signal.aborted && !(await this.#renew()))
      await abortableSleep(retryPeriodMs * (0.8 + 0.4 * Math.random()), signal);
    if (this.#renewedAt === undefined) return;
    log.info('became leader', { identity });
    const lost = new AbortController();
    const done = new AbortController();
    const leading = lead(AbortSignal.any([signal, lost.signal])).finally(() => done.abort());
    await this.#renewUntil(AbortSignal.any([signal, done.signal]), lost);
    if (lost.signal.aborted) {
      this.#renewedAt = undefined;
      throw new LeadershipLostError(
        `the lease ${this.#options.name} could not be renewed in time`,
        await this.#windUp(leading),
      );
    }
    await leading;
    this.#renewedAt = undefined;
    await this.#release();
  }

  /** Gives the work time to end, as long as no other candidate can lead yet. Returns whether it did. */
  async #windUp(leading: Promise<void>): Promise<boolean> {
    const { leaseDurationMs, renewDeadlineMs } = this.#options;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    void leading.then(end, end);
    await abortableSleep(leaseDurationMs - renewDeadlineMs, ended.signal);
    return ended.signal.aborted;
  }

  async #renewUntil(stop: AbortSignal, lost: AbortController): Promise<void> {
    const { retryPeriodMs, renewDeadlineMs } = this.#options;
    while (!stop.aborted && !lost.signal.aborted) {
      await abortableSleep(retryPeriodMs, stop);
      if (stop.aborted) return;
      // The attempt may hang, but it must not exceed the deadline.
      const left = renewDeadlineMs - (this.#now() - (this.#renewedAt ?? -Infinity));
      const renewed = left > 0 && (await Promise.race([this.#renew(), abortableSleep(left, stop).then(() => false)]));
      if (!renewed && !this.isLeading) lost.abort();
    }
  }

  async #renew(): Promise<boolean> {
    // A response may arrive late. The Lease counts from when the request was sent.
    const askedAt = this.#now();
    const renewed = await this.#tryAcquire();
    if (renewed) this.#renewedAt = askedAt;
    return renewed;
  }

  /** Acquires or renews the Lease. Returns false if another candidate holds it, or if the request fails. */
  async #tryAcquire(): Promise<boolean> {
    const { client, name, namespace, log } = this.#options;
    try {
      const lease = await client.get(LEASES, { name, namespace });
      if (lease === undefined) {
        await client.create(LEASES, this.#held(undefined));
        return true;
      }
      if (!this.#mayTake(lease)) return false;
      await client.update(LEASES, this.#held(lease));
      return true;
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) log.info('lease not acquired', { error: messageOf(error) });
      return false;
    }
  }

  #mayTake({ metadata, spec }: Lease): boolean {
    const { identity, leaseDurationMs } = this.#options;
    const version = metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, at: this.#seenNow() };
    const holder = spec.holderIdentity ?? '';
    // The holder may run with another duration than ours, and relies on it.
    const heldForMs = spec.leaseDurationSeconds === undefined ? leaseDurationMs : spec.leaseDurationSeconds * 1_000;
    return holder === identity || holder === '' || this.#seenNow() - this.#seen.at >= heldForMs;
  }

  #held(before: Lease | undefined): Lease {
    const { name, namespace, identity, leaseDurationMs } = this.#options;
    const now = microTime(Date.now());
    const mine = before?.spec.holderIdentity === identity;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: before?.metadata ?? { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseDurationMs / 1_000),
        acquireTime: mine ? (before.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (before?.spec.leaseTransitions ?? 0) + (mine || before === undefined ? 0 : 1),
      },
    };
  }

  /** Releases the Lease, so that the next leader does not wait for it to expire. */
  async #release(): Promise<void> {
    const { client, name, namespace, identity, log } = this.#options;
    try {
      const lease = await client.get(LEASES, { name, namespace });
      if (lease?.spec.holderIdentity !== identity) return;
      await client.update(LEASES, { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
    } catch (error) {
      log.info('lease not released', { error: messageOf(error) });
    }
  }
}
