/** Reads from their Leases how far the caches of a process's live replicas have come (replica-lease.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { LEASES, type Lease } from './leader.ts';

/** Label on the Lease of a replica: the name of its process. */
export const REPLICA_OF = 'auth.tkestack.io/replica-of';
/** Annotation on the Lease of a replica: the resource version up to which its cache includes every change. */
export const SEEN_VERSION = 'auth.tkestack.io/seen-version';

export interface ReplicasOptions {
  readonly client: Pick<Client, 'list'>;
  /** The name of the process whose replicas to read. */
  readonly process: string;
  readonly namespace: string;
  readonly now?: () => number;
}

/** A replica counts its Lease from when it sent the renewal, we from when we saw it. This covers the difference, and clock drift. */
const MARGIN_MS = 2_000;
/** The least time between two requests, however many callers wait. */
const PAUSE_MS = 50;

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #now: () => number;
  /** The last renewal of each Lease, and when it was first seen: times in a Lease are from another machine's clock. */
  #seen = new Map<string, { readonly renewTime: string; readonly at: number }>();
  #next: Promise<Lease[]> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
  }

  /**
   * The names of the live replicas whose cache may be older than `version`. Reads from the server rather than from a cache, so that a
   * replica that has just started is included.
   */
  async behind(version: number): Promise<string[]> {
    const leases = await this.#leases();
    return leases
      .filter((lease) => this.#isLive(lease) && seenVersion(lease) < version)
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  /** The Leases of replicas that must have stopped answering, and the newest version that a live replica has reached. */
  async look(): Promise<{ readonly dead: readonly string[]; readonly newest: number }> {
    const leases = await this.#leases();
    return {
      dead: leases.filter((lease) => !this.#isLive(lease)).map(({ metadata }) => metadata.name),
      newest: Math.max(0, ...leases.filter((lease) => this.#isLive(lease)).map(seenVersion)),
    };
  }

  /** One request serves all callers that came before it was sent. */
  #leases(): Promise<Lease[]> {
    this.#next ??= this.#reading.then(async () => {
      this.#next = undefined;
      const { client, process, namespace } = this.#options;
      const reading = client.list(LEASES, { namespace, labelSelector: `${REPLICA_OF}=${process}` });
      this.#reading = reading.then(
        () => sleep(PAUSE_MS),
        () => sleep(PAUSE_MS),
      );
      const leases = await reading;
      this.#note(leases);
      return leases;
    });
    return this.#next;
  }

  #note(leases: readonly Lease[]): void {
    const before = this.#seen;
    this.#seen = new Map(
      leases.map(({ metadata: { name }, spec }) => {
        const renewTime = spec.renewTime ?? '';
        const known = before.get(name);
        return [name, known?.renewTime === renewTime ? known : { renewTime, at: this.#now() }];
      }),
    );
  }

  #isLive({ metadata, spec }: Lease): boolean {
    const seen = this.#seen.get(metadata.name);
    return seen === undefined || this.#now() - seen.at <= (spec.leaseDurationSeconds ?? 60) * 1_000 + MARGIN_MS;
  }
}

/** 0 for a Lease without the annotation: its replica must be waited for. */
function seenVersion({ metadata }: Lease): number {
  const version = Number(metadata.annotations?.[SEEN_VERSION]);
  return Number.isFinite(version) ? version : 0;
}
