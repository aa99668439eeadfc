/**
 * A replica that answers from a cache tells in a Lease of its own up to which version it has seen every change. Whoever
 * has changed something can so wait until no live replica answers from before (replicas.ts).
 *
 * A replica that can't renew its Lease no longer counts as live, so it must not answer either: `problem` says so from
 * the same moment on, by a clock that runs on while the process is paused. When it can renew again, it first reads
 * everything anew, since nobody waited for it meanwhile.
 */
import type { Client } from './client.ts';
import { isNotFound, messageOf } from './errors.ts';
import type { Informer } from './informer.ts';
import { LEASES, type Lease } from './leader.ts';
import type { Logger } from './log.ts';
import type { KubeObject } from '../api/object.ts';
import { abortableSleep } from './silence.ts';

/** On the Lease of a replica: the name of the process that it is a replica of. */
export const REPLICA_OF = 'auth.tkestack.io/replica-of';
/** On the Lease of a replica: the resource version up to which it has seen every change. */
export const SEEN_VERSION = 'auth.tkestack.io/seen-version';

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
/** Leases of replicas that died are removed by those that come later. */
const FORGET_MS = 24 * 3_600_000;

export class ReplicaLease {
  readonly #options: ReplicaLeaseOptions;
  readonly #now: () => number;
  readonly #renewMs: number;
  /** When the server was last asked with success. */
  #renewedAt: number | undefined;
  #published = 0;
  /** Set while everything is read anew. */
  #rejoining: object | undefined;

  constructor(options: ReplicaLeaseOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
    this.#renewMs = Math.min(RENEW_MS, options.durationMs / 6);
  }

  /** Why it must not answer now, or undefined when it may. */
  get problem(): string | undefined {
    if (this.#renewedAt === undefined) return 'its Lease is not written yet';
    const age = this.#now() - this.#renewedAt;
    if (age > this.#options.durationMs) return `its Lease was last renewed ${Math.round(age / 1_000)} s ago`;
    return this.#rejoining === undefined ? undefined : 'everything is read anew after an interruption';
  }

  /** Writes the Lease, and tries until it is written. To be called before the cache is read for the first time. */
  async join(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#attempt(() => this.#create()))) await abortableSleep(RETRY_MS, signal);
    await this.#attempt(() => this.#removeForgotten());
  }

  /** Renews the Lease and tells how far the cache has come, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await abortableSleep(PUBLISH_MS, signal);
      const due = this.#now() - (this.#renewedAt ?? -Infinity) >= this.#renewMs;
      if (signal.aborted || (!due && this.#options.informer.version === this.#published)) continue;
      if (!(await this.#attempt(() => this.#renew()))) await abortableSleep(RETRY_MS, signal);
    }
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
    const time = microTime();
    await client.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
      metadata: { ...this.#ref, labels: { [REPLICA_OF]: process } },
      spec: { holderIdentity: this.#options.identity, leaseDurationSeconds: Math.ceil(durationMs / 1_000), acquireTime: time, renewTime: time },
    });
    this.#renewedAt = askedAt;
  }

  async #renew(): Promise<void> {
    const { client, informer, durationMs } = this.#options;
    const askedAt = this.#now();
    const { version } = informer;
    const lapsed = this.#renewedAt === undefined || askedAt - this.#renewedAt > durationMs;
    const body = { metadata: { annotations: { [SEEN_VERSION]: String(version) } }, spec: { renewTime: microTime() } };
    try {
      await client.patch(LEASES, this.#ref, { type: 'merge', body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // Somebody has removed it, and may have stopped waiting for us.
      await this.#create();
      this.#rejoin();
      return;
    }
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

  async #removeForgotten(): Promise<void> {
    const { client, namespace, process } = this.#options;
    const leases = await client.list(LEASES, { namespace, labelSelector: `${REPLICA_OF}=${process}` });
    // One whose clock is wrong loses its Lease and writes a new one.
    const dead = leases.filter(({ spec }: Lease) => Date.now() - Date.parse(spec.renewTime ?? '') > FORGET_MS);
    for (const { metadata } of dead) await client.delete(LEASES, metadata);
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

/** Now, as Leases write it. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
