/**
 * A replica that answers from a cache tells in a Lease of its own up to which version it has seen every change. Whoever
 * has changed something can so wait until no live replica answers from before (replicas.ts).
 *
 * A replica that can't renew its Lease no longer counts as live, so it must not answer either: `problem` says so from
 * the same moment on, by a clock that runs on while the process is paused. When it can renew again, it first reads
 * everything anew, since nobody waited for it meanwhile. One whose cache stays behind what another replica has seen, for as
 * long as a Lease lasts, does not answer either and lets its Lease run out, so that nobody waits for it in vain.
 */

import type { KubeObject } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Informer } from '../cache/informer.ts';
import type { Client } from '../client/client.ts';
import { isNotFound, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { microTime } from '../micro-time.ts';
import { LEASES } from './leader.ts';
import { REPLICA_OF, Replicas, SEEN_VERSION } from './replicas.ts';
import { runningClock } from './safe-clock.ts';

export interface ReplicaLeaseOptions {
  readonly client: Pick<Client, 'create' | 'patch' | 'delete' | 'list'>;
  /** The cache that it answers from. */
  readonly informer: Pick<Informer<KubeObject>, 'version' | 'refresh'>;
  /** The name of the process, which all its replicas share. */
  readonly process: string;
  readonly namespace: string;
  /** Its own name; unique among the replicas, and a name of an object. */
  readonly identity: string;
  /** How long it may go on answering after the server last took a renewal, in milliseconds. */
  readonly durationMs: number;
  readonly log: Logger;
  readonly now?: () => number;
}

/** A quiet replica renews this often, and more often where the duration asks for it. */
const RENEW_MS = 5_000;
/** A busy one says how far it has come at most this often. */
const PUBLISH_MS = 100;
const RETRY_MS = 500;

export class ReplicaLease {
  readonly #options: ReplicaLeaseOptions;
  readonly #now: () => number;
  readonly #renewMs: number;
  readonly #replicas: Replicas;
  #lookedAt = -Infinity;
  /** What another replica has seen and this one has not, and since when that is known. */
  #missing: { readonly version: number; readonly since: number } | undefined;
  /** When the server was last asked with success. */
  #renewedAt: number | undefined;
  #published = 0;
  /** Set while everything is read anew. */
  #rejoining: object | undefined;

  constructor(options: ReplicaLeaseOptions) {
    this.#options = options;
    this.#now = options.now ?? runningClock();
    this.#renewMs = Math.min(RENEW_MS, options.durationMs / 6);
    this.#replicas = new Replicas(options);
  }

  /** Why it must not answer now, or undefined when it may. */
  get problem(): string | undefined {
    if (this.#renewedAt === undefined) return 'its Lease is not written yet';
    const age = this.#now() - this.#renewedAt;
    if (age > this.#options.durationMs) return `its Lease was last renewed ${Math.round(age / 1_000)} s ago`;
    if (this.#isLeftBehind)
      return `its cache has not come to version ${this.#missing?.version ?? 0}, which another replica has seen, for ${this.#options.durationMs / 1_000} s`;
    return this.#rejoining === undefined ? undefined : 'everything is read anew after an interruption';
  }

  /** Writes the Lease, and tries until it is written. To be called before the cache is read for the first time. */
  async join(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#attempt(() => this.#create()))) await abortableSleep(RETRY_MS, signal);
  }

  /** Renews the Lease and tells how far the cache has come, until `signal` aborts. */
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

  /** Removes the Lease, so that nobody waits for this replica. It must no longer answer then. */
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
      // Somebody has removed it, and may have stopped waiting for us.
      await this.#create();
      this.#rejoin();
      return;
    }
    // The answer may have come late: whether the Lease had run out meanwhile, so that nobody waited for us, shows only now.
    const lapsed = this.#renewedAt === undefined || this.#now() - this.#renewedAt > durationMs;
    if (lapsed) this.#rejoin();
    this.#renewedAt = askedAt;
    this.#published = version;
  }

  #rejoin(): void {
    const attempt = {};
    this.#rejoining = attempt;
    this.#options.log.info('the Lease had run out: reading everything anew');
    void this.#options.informer.refresh().then(() => {
      if (this.#rejoining === attempt) this.#rejoining = undefined;
    });
  }

  /** Whether the others have come further; and the Leases of those that died go, so that nobody waits for them. One that is alive after all joins anew. */
  async #lookAround(): Promise<void> {
    if (this.#now() - this.#lookedAt < this.#options.durationMs / 4) return;
    this.#lookedAt = this.#now();
    const { dead, newest } = await this.#replicas.look();
    this.#compare(newest);
    for (const name of dead) await this.#options.client.delete(LEASES, { ...this.#ref, name });
  }

  /** A first version that is missed counts until it is reached: newer ones come all the time. */
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
      this.#options.log.info('the Lease of this replica could not be written', { error: messageOf(error) });
      return false;
    }
  }
}
