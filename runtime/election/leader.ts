/**
 * Leader election on a Lease, with the rules of client-go's: whoever holds the Lease renews it; when it was not renewed
 * for its duration, another takes it. Times in the Lease are another machine's, so only whether it changed counts, and
 * when that was seen here. A leader that can't renew stops before the others may begin.
 */

import type { KubeObject, Resource } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Client } from '../client/client.ts';
import { isAlreadyExists, isConflict, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { microTime } from '../micro-time.ts';
import { runningClock } from './safe-clock.ts';

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
  /** Who we are; unique among all candidates. */
  readonly identity: string;
  readonly log: Logger;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** For how long the Lease is ours; by default a clock that runs on while the machine is suspended. */
  readonly now?: () => number;
  /** For how long another's Lease was not renewed; by default one that stands still then, when we could not have seen it. */
  readonly seenNow?: () => number;
}

/** The Lease was lost while leading; another may lead now. */
export class LeadershipLostError extends Error {
  readonly code = 'E_LEADERSHIP_LOST';
  /** Whether the work has ended. If it has not, the process must: only that ends what hangs. */
  readonly workEnded: boolean;

  constructor(message: string, workEnded: boolean) {
    super(message);
    this.workEnded = workEnded;
  }
}

export class LeaderElector {
  readonly #options: Required<LeaderOptions>;
  /** The Lease as last seen, and when it was last seen to change. */
  #seen: { readonly version: string; readonly at: number } | undefined;
  /** When the Lease was last asked for with success; undefined while it is not ours. */
  #renewedAt: number | undefined;

  constructor(options: LeaderOptions) {
    this.#options = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      now: runningClock(),
      seenNow: options.now ?? ((): number => performance.now()),
      ...options,
    };
  }

  /**
   * Whether nobody else can hold the Lease now. It is to be asked right before each write: a process that was paused finds
   * itself in the middle of its work, and may only stop. The rest of the Lease's duration is time for the write to arrive.
   */
  get isLeading(): boolean {
    return this.#renewedAt !== undefined && this.#options.now() - this.#renewedAt < this.#options.renewDeadlineMs;
  }

  /**
   * Waits for the Lease, then runs `lead` until it returns or `signal` aborts, and gives the Lease back. The signal that
   * `lead` gets aborts when the Lease could not be renewed in time; then this throws LeadershipLostError.
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

  /** What is under way may end while nobody else can lead yet, and no longer. Whether it did. */
  async #windUp(leading: Promise<void>): Promise<boolean> {
    const { leaseDurationMs, renewDeadlineMs } = this.#options;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    void leading.then(end, end);
    await abortableSleep(leaseDurationMs - renewDeadlineMs, ended.signal);
    return ended.signal.aborted;
  }

  async #renewUntil(stop: AbortSignal, lost: AbortController): Promise<void> {
    const { retryPeriodMs, renewDeadlineMs, now } = this.#options;
    while (!stop.aborted && !lost.signal.aborted) {
      await abortableSleep(retryPeriodMs, stop);
      if (stop.aborted) return;
      // The attempt itself may hang; it must not outlast the deadline.
      const left = renewDeadlineMs - (now() - (this.#renewedAt ?? -Infinity));
      const renewed = left > 0 && (await Promise.race([this.#renew(), abortableSleep(left, stop).then(() => false)]));
      if (!renewed && !this.isLeading) lost.abort();
    }
  }

  async #renew(): Promise<boolean> {
    // An answer may come late; what counts is when it was asked for.
    const askedAt = this.#options.now();
    const renewed = await this.#tryAcquire();
    if (renewed) this.#renewedAt = askedAt;
    return renewed;
  }

  /** Takes or renews the Lease. False when somebody else holds it or the server can't be asked. */
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
    const { identity, seenNow, leaseDurationMs } = this.#options;
    const version = metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, at: seenNow() };
    const holder = spec.holderIdentity ?? '';
    // Its holder may have been started with another duration than ours, and counts on that.
    const heldForMs = spec.leaseDurationSeconds === undefined ? leaseDurationMs : spec.leaseDurationSeconds * 1_000;
    return holder === identity || holder === '' || seenNow() - this.#seen.at >= heldForMs;
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

  /** So that the next one need not wait for the Lease to run out. */
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
