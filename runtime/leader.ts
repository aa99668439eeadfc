/**
 * Leader election on a Lease, with the rules of client-go's: whoever holds the Lease renews it; when it was not renewed
 * for its duration, another takes it. Times in the Lease are another machine's, so only whether it changed counts, and
 * when that was seen here. A leader that can't renew stops before the others may begin.
 */
import type { Client } from './client.ts';
import { isAlreadyExists, isConflict, messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import type { KubeObject, Resource } from '../api/object.ts';
import { abortableSleep } from './silence.ts';

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
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true,
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
  readonly now?: () => number;
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

  constructor(options: LeaderOptions) {
    this.#options = {
      leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000, now: () => performance.now(), ...options,
    };
  }

  /**
   * Waits for the Lease, then runs `lead` until it returns or `signal` aborts, and gives the Lease back. The signal that
   * `lead` gets aborts when the Lease could not be renewed in time; then this throws LeadershipLostError.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { retryPeriodMs, log, identity } = this.#options;
    while (!signal.aborted && !(await this.#tryAcquire())) await abortableSleep(retryPeriodMs * (0.8 + 0.4 * Math.random()), signal);
    if (signal.aborted) return;
    log.info('became leader', { identity });
    const lost = new AbortController();
    const done = new AbortController();
    const leading = lead(AbortSignal.any([signal, lost.signal])).finally(() => done.abort());
    await this.#renewUntil(AbortSignal.any([signal, done.signal]), lost);
    if (lost.signal.aborted) {
      throw new LeadershipLostError(`the lease ${this.#options.name} could not be renewed in time`, await this.#windUp(leading));
    }
    await leading;
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
    let renewedAt = now();
    while (!stop.aborted && !lost.signal.aborted) {
      await abortableSleep(retryPeriodMs, stop);
      if (stop.aborted) return;
      // The attempt itself may hang; it must not outlast the deadline.
      const left = renewDeadlineMs - (now() - renewedAt);
      const startedAt = now();
      const renewed = left > 0 && (await Promise.race([this.#tryAcquire(), abortableSleep(left, stop).then(() => false)]));
      if (renewed) renewedAt = startedAt;
      else if (now() - renewedAt >= renewDeadlineMs) lost.abort();
    }
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
    const { identity, now, leaseDurationMs } = this.#options;
    const version = metadata.resourceVersion ?? '';
    if (this.#seen?.version !== version) this.#seen = { version, at: now() };
    const holder = spec.holderIdentity ?? '';
    return holder === identity || holder === '' || now() - this.#seen.at >= leaseDurationMs;
  }

  #held(before: Lease | undefined): Lease {
    const { name, namespace, identity, leaseDurationMs } = this.#options;
    const now = new Date().toISOString().replace('Z', '000Z');
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
