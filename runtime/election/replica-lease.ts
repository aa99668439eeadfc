/**
 * A replica that answers from a cache publishes in a Lease of its own up to which version its cache includes every change. A writer
 * can then wait until no live replica answers from an older state (replicas.ts).
 *
 * A replica that cannot renew its Lease no longer counts as live, so it must not answer either: from the same moment on,
 * `problem` says so, by a clock that also advances while the process is paused. When it can renew again, it first reads
 * everything from scratch, because no writer has waited for it in the meantime. A replica whose cache stays behind another one's
 * for the duration of a Lease stops answering as well, and lets its Lease expire, so that writers do not wait for it in vain.
 */

import type { KubeObject } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Informer } from '../cache/informer.ts';
import type { Client } from '../client/client.ts';
import { isNotFound, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { microTime } from '../micro-time.ts';
import { runningClock } from '../running-clock.ts';
import { LEASES } from './leader.ts';
import { REPLICA_OF, Replicas, SEEN_VERSION } from './replicas.ts';

export interface ReplicaLeaseOptions {
  readonly client: Pick<Client, 'create' | 'patch' | 'delete' | 'list'>;
  /** The cache from which the replica answers. */
  readonly informer: Pick<Informer<KubeObject>, 'version' | 'refresh'>;
  /** The name of the process, common to all its replicas. */
  readonly process: string;
  readonly namespace: string;
  /** The name of this replica and of its Lease. Unique among the replicas. */
  readonly identity: string;
  /** How long the replica may answer after its last renewal, in milliseconds. */
  readonly durationMs: number;
  readonly log: Logger;
  readonly now?: () => number;
}

/** The renewal period without changes. Shorter if the duration requires it. */
const RENEW_MS = 5_000;
/** The least time between two publications while changes arrive. */
const PUBLISH_MS = 100;
const RETRY_MS = 500;

export class ReplicaLease {
  readonly #options: ReplicaLeaseOptions;
  readonly #now: () => number;
  readonly #renewMs: number;
  readonly #replicas: Replicas;
  #lookedAt = -Infinity;
  /** A version that another replica has reached and this one has not, and since when that is known. */
  #missing: { readonly version: number; readonly since: number } | undefined;
  /** When the last successful renewal was sent. */
  #renewedAt: number | undefined;
  #published = 0;
  /** Set while everything is read again. */
  #rejoining: object | undefined;

  constructor(options: ReplicaLeaseOptions) {
    this.#options = options;
    this.#now = options.now ?? runningClock();
    this.#renewMs = Math.min(RENEW_MS, options.durationMs / 6);
    this.#replicas = new Replicas(options);
  }

  /** Why the replica must not answer now, or undefined if it may. */
  get problem(): string | undefined {
    if (this.#renewedAt === undefined) return 'its Lease is not created yet';
    const age = this.#now() - this.#renewedAt;
    if (age > this.#options.durationMs) return `its Lease was last renewed ${Math.round(age / 1_000)} s ago`;
    if (this.#isLeftBehind)
      return `for ${this.#options.durationMs / 1_000} s, its cache has not reached version ${this.#missing?.version ?? 0}, which another replica has`;
    return this.#rejoining === undefined ? undefined : 'its cache is being read again after an interruption';
  }

  /** Creates the Lease, with retries. Call it before the cache is read for the first time. */
  async join(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#attempt(() => this.#create()))) await abortableSleep(RETRY_MS, signal);
  }

  /** Renews the Lease and publishes the version of the cache, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await abortableSleep(PUBLISH_MS, signal);
      const due = this.#now() - (this.#renewedAt ?? -Infinity) >= this.#renewMs;
      if (signal.aborted || this.#isLeftBehind || (!due && this.#options.informer.version === this.#published))
        continue;
      if (!(await this.#attempt(() => this.#renew()))) await abortableSleep(RETRY_MS, signal);
      else if (due) await this.#attempt(() => this.#lookAround());
    }
  }

  get #isLeftBehind(): boolean {
    const { informer, durationMs } = this.#options;
    return (
      this.#missing !== undefined &&
      informer.version < this.#missing.version &&
      this.#now() - this.#missing.since > durationMs
    );
  }

  /** Deletes the Lease, so that writers do not wait for this replica. It must not answer any more. */
  async leave(): Promise<void> {
    this.#renewedAt = undefined;
    await this.#attempt(() => this.#options.client.delete(LEASES, this.#ref));
  }

  get #ref(): { name: string; namespace: string } {
    return { name: this.#options.identity, namespace: this.#options.namespace };
  }

  async #create(): Promise<void> {
    const { client, process, durationMs } = this.#options;
    const askedAt = this.#now();
    const time = microTime(Date.now());
    await client.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...this.#ref, labels: { [REPLICA_OF]: process } },
      spec: {
        holderIdentity: this.#options.identity,
        leaseDurationSeconds: Math.ceil(durationMs / 1_000),
        acquireTime: time,
        renewTime: time,
      },
    });
    this.#renewedAt = askedAt;
  }

  async #renew(): Promise<void> {
    const { client, informer, durationMs } = this.#options;
    const askedAt = this.#now();
    const { version } = informer;
    const body = {
      metadata: { annotations: { [SEEN_VERSION]: String(version) } },
      spec: { renewTime: microTime(Date.now()) },
    };
    try {
      await client.patch(LEASES, this.#ref, { type: 'merge', body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // Another replica deleted the Lease as expired, so writers may not have waited for us.
      await this.#create();
      this.#rejoin();
      return;
    }
    // The response may be late. If the Lease had expired in the meantime, writers did not wait for us.
    const lapsed = this.#renewedAt === undefined || this.#now() - this.#renewedAt > durationMs;
    if (lapsed) this.#rejoin();
    this.#renewedAt = askedAt;
    this.#published = version;
  }

  #rejoin(): void {
    const attempt = {};
    this.#rejoining = attempt;
    this.#options.log.info('lease had expired, reading everything again');
    void this.#options.informer.refresh().then(() => {
      if (this.#rejoining === attempt) this.#rejoining = undefined;
    });
  }

  /** Compares this replica with the others, and deletes the Leases of dead ones. One that is alive after all creates its Lease again. */
  async #lookAround(): Promise<void> {
    if (this.#now() - this.#lookedAt < this.#options.durationMs / 4) return;
    this.#lookedAt = this.#now();
    const { dead, newest } = await this.#replicas.look();
    this.#compare(newest);
    for (const name of dead) await this.#options.client.delete(LEASES, { ...this.#ref, name });
  }

  /** The first missing version counts until it is reached, because newer versions keep arriving. */
  #compare(newest: number): void {
    const { version } = this.#options.informer;
    if (this.#missing !== undefined && version < this.#missing.version) return;
    this.#missing = version < newest ? { version: newest, since: this.#now() } : undefined;
  }

  async #attempt(ask: () => Promise<void>): Promise<boolean> {
    try {
      await ask();
      return true;
    } catch (error) {
      this.#options.log.info('lease of this replica not written', { error: messageOf(error) });
      return false;
    }
  }
}
