/** How far the live replicas of a process have come, as their Leases say (replica-lease.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { LEASES, type Lease } from './leader.ts';

/** On the Lease of a replica: the name of the process that it is a replica of. */
export const REPLICA_OF = 'auth.tkestack.io/replica-of';
/** On the Lease of a replica: the resource version up to which it has seen every change. */
export const SEEN_VERSION = 'auth.tkestack.io/seen-version';

export interface ReplicasOptions {
  readonly client: Pick<Client, 'list'>;
  /** The name of the process that they are replicas of. */
  readonly process: string;
  readonly namespace: string;
  readonly now?: () => number;
}

/** A replica counts its duration from when it asked, we from when we saw; this is for what lies between, and for clocks that run differently. */
const MARGIN_MS = 2_000;
/** Between two questions, however many wait. */
const PAUSE_MS = 50;

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #now: () => number;
  /** The renewals as last seen, and when they were first seen: times in a Lease are another machine's. */
  #seen = new Map<string, { readonly renewTime: string; readonly at: number }>();
  #next: Promise<Lease[]> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): number => performance.now());
  }

  /**
   * The live replicas that may still answer from before `version`. Asked of the server, not of a cache: a replica that
   * began a moment ago counts as well.
   */
  async behind(version: number): Promise<string[]> {
    const leases = await this.#leases();
    return leases
      .filter((lease) => this.#isLive(lease) && seenVersion(lease) < version)
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  /** The Leases of replicas that must have stopped answering, and the newest version that a live one has seen. */
  async look(): Promise<{ readonly dead: readonly string[]; readonly newest: number }> {
    const leases = await this.#leases();
    return {
      dead: leases.filter((lease) => !this.#isLive(lease)).map(({ metadata }) => metadata.name),
      newest: Math.max(0, ...leases.filter((lease) => this.#isLive(lease)).map(seenVersion)),
    };
  }

  /** One answer serves all who asked before it was asked for. */
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

/** A Lease that does not say it has seen nothing. */
function seenVersion({ metadata }: Lease): number {
  const version = Number(metadata.annotations?.[SEEN_VERSION]);
  return Number.isFinite(version) ? version : 0;
}
