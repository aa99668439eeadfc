/**
 * The rounds: each cluster on its own, a probe each period, none waiting for another but for a slot. Clusters come and go
 * with the cache; what the judge says goes to `write`. A new leader goes on from the conditions that it finds.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS, type HealthCondition } from '../../api/platform/cluster-status.ts';
import { untilAborted } from '../../runtime/abort.ts';
import type { Store } from '../../runtime/cache/store.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { isProbed } from './access.ts';
import { type LookTools, look } from './check-cluster.ts';
import type { Connections } from './connections.ts';
import { settingsOf } from './health-settings.ts';
import { judge, restore, type Standing } from './judge.ts';
import type { Lane } from './lanes.ts';
import { type Seen } from './observation.ts';

export interface FleetTools extends LookTools {
  readonly clusters: Pick<Store<Cluster>, 'get' | 'list'>;
  readonly connections: Connections;
  /** Makes these the cluster's health conditions, if they are not so already. */
  readonly write: (cluster: Cluster, conditions: readonly Condition[]) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A cluster that is probed. */
interface Watched {
  readonly uid: string;
  readonly name: string;
  generation: number | undefined;
  standings: Readonly<Record<HealthCondition, Standing>>;
  lane: Lane;
  /** Aborts to end the pause between two probes. */
  wake: AbortController;
  readonly gone: AbortController;
}

/** What is new is looked at within this time. */
const SOON_MS = 1_000;
/** At the start, clusters that were never judged are looked at in so many milliseconds each. */
const EACH_MS = 20;

export class Fleet {
  readonly #tools: FleetTools;
  readonly #watched = new Map<string, Watched>();
  readonly #loops = new Set<Promise<void>>();
  #isRunning = false;

  constructor(tools: FleetTools) {
    this.#tools = tools;
  }

  /** Probes until `signal` aborts. It may run again afterwards. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#isRunning = true;
    const all = this.#tools.clusters.list();
    for (const { metadata } of all) this.#take(metadata.name, all.length * EACH_MS);
    await untilAborted(signal);
    this.#isRunning = false;
    for (const watched of this.#watched.values()) this.#drop(watched);
    await Promise.all(this.#loops);
    await this.#tools.connections.close();
  }

  /** Something about the cluster of that name has changed, or it came or went. */
  take(name: string): void {
    this.#take(name, SOON_MS);
  }

  /** The status of a condition of each cluster that is probed. */
  *statuses(type: HealthCondition): Iterable<string> {
    for (const { standings } of this.#watched.values()) yield standings[type].condition?.status ?? 'Unknown';
  }

  #take(name: string, withinMs: number): void {
    if (!this.#isRunning) return;
    const cluster = this.#tools.clusters.get(name);
    const wanted = cluster !== undefined && isProbed(cluster) ? cluster : undefined;
    const known = this.#watched.get(name);
    if (known !== undefined && known.uid === wanted?.metadata.uid) return wakeWhenChanged(known, wanted);
    if (known !== undefined) this.#drop(known);
    if (wanted !== undefined) this.#start(wanted, withinMs);
  }

  #start(cluster: Cluster, withinMs: number): void {
    const { metadata, status } = cluster;
    const nowIso = this.#tools.clock.iso();
    const restored = (type: HealthCondition): Standing =>
      restore(
        (status?.conditions ?? []).find((each) => each.type === type),
        nowIso,
      );
    const watched: Watched = {
      uid: metadata.uid ?? '',
      name: metadata.name,
      generation: metadata.generation,
      lane: 'quick',
      standings: { Authorized: restored('Authorized'), Healthy: restored('Healthy'), Reachable: restored('Reachable') },
      wake: new AbortController(),
      gone: new AbortController(),
    };
    this.#watched.set(watched.name, watched);
    const { periodMs } = settingsOf(cluster);
    const isJudged = watched.standings.Reachable.condition !== undefined;
    const loop = this.#keep(watched, this.#tools.random() * (isJudged ? periodMs : Math.min(periodMs, withinMs)));
    this.#loops.add(loop);
    void loop.finally(() => this.#loops.delete(loop));
  }

  #drop(watched: Watched): void {
    this.#watched.delete(watched.name);
    watched.gone.abort();
    watched.wake.abort();
    // Closing ends the probe that may be under way.
    void this.#tools.connections.forget(watched.uid);
  }

  async #keep(watched: Watched, delayMs: number): Promise<void> {
    const { clock, connections, log, random } = this.#tools;
    let due = clock.now() + delayMs;
    while (!watched.gone.signal.aborted) {
      await clock.sleep(due - clock.now(), watched.wake.signal);
      watched.wake = new AbortController();
      due = Math.min(due, clock.now());
      const cluster = this.#tools.clusters.get(watched.name);
      if (watched.gone.signal.aborted || cluster === undefined) break;
      const { periodMs } = settingsOf(cluster);
      try {
        await this.#visit(watched, cluster, due);
      } catch (error) {
        // The next probe writes it, if it is still so.
        log.error('cannot write the health of a cluster', { cluster: watched.name, error: messageOf(error) });
      }
      // Never later than the period, so that connections that are kept so long stay open.
      due = Math.max(clock.now(), due + periodMs * (0.9 + 0.1 * random()));
    }
    await connections.forget(watched.uid);
  }

  async #visit(watched: Watched, cluster: Cluster, due: number): Promise<void> {
    const { gone, uid, name, lane } = watched;
    const { seen, lane: next } = await look(
      { cluster, lane, due, timeoutMs: settingsOf(cluster).timeoutMs, signal: gone.signal },
      this.#tools,
    );
    watched.lane = next;
    const current = this.#tools.clusters.get(name);
    if (seen === undefined || gone.signal.aborted || current?.metadata.uid !== uid) return;
    watched.standings = this.#judged(watched, current, seen);
    await this.#tools.write(
      current,
      HEALTH_CONDITIONS.flatMap((type) => watched.standings[type].condition ?? []),
    );
  }

  #judged({ standings }: Watched, cluster: Cluster, seen: Seen): Watched['standings'] {
    const [thresholds, nowIso] = [settingsOf(cluster), this.#tools.clock.iso()];
    const judged = (type: HealthCondition): Standing =>
      judge(standings[type], type, { observation: seen[type], thresholds, nowIso });
    return { Authorized: judged('Authorized'), Healthy: judged('Healthy'), Reachable: judged('Reachable') };
  }
}

/** Who corrects a spec wants to see what comes of it. */
function wakeWhenChanged(watched: Watched, { metadata }: Cluster): void {
  if (watched.generation === metadata.generation) return;
  watched.generation = metadata.generation;
  watched.wake.abort();
}
