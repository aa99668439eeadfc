/**
 * Probes each cluster once per period in a loop of its own; a cluster waits for others only when no slot is free.
 * Clusters come and go with the cache, and changed conditions go to `write`. A new leader continues from the conditions
 * in the status.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS, type HealthCondition } from '../../api/platform/cluster-status.ts';
import { untilAborted } from '../../runtime/abort.ts';
import type { Store } from '../../runtime/cache/store.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { type CheckTools, checkCluster } from './check-cluster.ts';
import type { Connections } from './connections.ts';
import { healthSettings } from './health-settings.ts';
import { type ConditionState, judge, restore } from './judge.ts';
import type { Lane } from './lanes.ts';
import type { Observations } from './observation.ts';
import { isProbed } from './probed-clusters.ts';

export interface FleetTools extends CheckTools {
  readonly clusters: Pick<Store<Cluster>, 'get' | 'list'>;
  readonly connections: Connections;
  /** Writes the cluster's health conditions if they differ. */
  readonly write: (cluster: Cluster, conditions: readonly Condition[]) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A cluster that is being probed. */
interface Watched {
  readonly uid: string;
  readonly name: string;
  generation: number | undefined;
  states: Readonly<Record<HealthCondition, ConditionState>>;
  lane: Lane;
  /** Aborts to end the pause before the next probe. */
  wake: AbortController;
  readonly gone: AbortController;
}

/** A new cluster is probed within this time. */
const FIRST_PROBE_MS = 1_000;
/** At the start, the first probes of new clusters are spread over this time per cluster. */
const START_MS_PER_CLUSTER = 20;

export class Fleet {
  readonly #tools: FleetTools;
  readonly #watched = new Map<string, Watched>();
  readonly #loops = new Set<Promise<void>>();
  #isRunning = false;

  constructor(tools: FleetTools) {
    this.#tools = tools;
  }

  /** Probes until `signal` aborts. It can run again afterwards. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#isRunning = true;
    const all = this.#tools.clusters.list();
    for (const { metadata } of all) this.#update(metadata.name, all.length * START_MS_PER_CLUSTER);
    await untilAborted(signal);
    this.#isRunning = false;
    for (const watched of this.#watched.values()) this.#drop(watched);
    await Promise.all(this.#loops);
    await this.#tools.connections.close();
  }

  /** The cluster of this name was added, changed or deleted. */
  update(name: string): void {
    this.#update(name, FIRST_PROBE_MS);
  }

  /** The status of this condition of each probed cluster. */
  *statuses(type: HealthCondition): Iterable<string> {
    for (const { states } of this.#watched.values()) yield states[type].condition?.status ?? 'Unknown';
  }

  #update(name: string, withinMs: number): void {
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
    const restored = (type: HealthCondition): ConditionState =>
      restore(
        (status?.conditions ?? []).find((each) => each.type === type),
        nowIso,
      );
    const watched: Watched = {
      uid: metadata.uid ?? '',
      name: metadata.name,
      generation: metadata.generation,
      lane: 'quick',
      states: { Authorized: restored('Authorized'), Healthy: restored('Healthy'), Reachable: restored('Reachable') },
      wake: new AbortController(),
      gone: new AbortController(),
    };
    this.#watched.set(watched.name, watched);
    const { periodMs } = healthSettings(cluster);
    const isJudged = watched.states.Reachable.condition !== undefined;
    const loop = this.#loop(watched, this.#tools.random() * (isJudged ? periodMs : Math.min(periodMs, withinMs)));
    this.#loops.add(loop);
    void loop.finally(() => this.#loops.delete(loop));
  }

  #drop(watched: Watched): void {
    this.#watched.delete(watched.name);
    watched.gone.abort();
    watched.wake.abort();
    // Closing the connection ends a running probe.
    void this.#tools.connections.forget(watched.uid);
  }

  async #loop(watched: Watched, delayMs: number): Promise<void> {
    const { clock, connections, log, random } = this.#tools;
    let due = clock.now() + delayMs;
    while (!watched.gone.signal.aborted) {
      await clock.sleep(due - clock.now(), watched.wake.signal);
      watched.wake = new AbortController();
      due = Math.min(due, clock.now());
      const cluster = this.#tools.clusters.get(watched.name);
      if (watched.gone.signal.aborted || cluster === undefined) break;
      const { periodMs } = healthSettings(cluster);
      try {
        await this.#check(watched, cluster, due);
      } catch (error) {
        // The next probe tries again.
        log.error('cannot write the health of a cluster', { cluster: watched.name, error: messageOf(error) });
      }
      // Never later than the period, so that connections do not reach the idle timeout.
      due = Math.max(clock.now(), due + periodMs * (0.9 + 0.1 * random()));
    }
    await connections.forget(watched.uid);
  }

  async #check(watched: Watched, cluster: Cluster, due: number): Promise<void> {
    const { gone, uid, name, lane } = watched;
    const { observations, lane: next } = await checkCluster(
      { cluster, lane, due, timeoutMs: healthSettings(cluster).timeoutMs, signal: gone.signal },
      this.#tools,
    );
    watched.lane = next;
    const current = this.#tools.clusters.get(name);
    if (observations === undefined || gone.signal.aborted || current?.metadata.uid !== uid) return;
    watched.states = this.#judged(watched, current, observations);
    await this.#tools.write(
      current,
      HEALTH_CONDITIONS.flatMap((type) => watched.states[type].condition ?? []),
    );
  }

  #judged({ states }: Watched, cluster: Cluster, observations: Observations): Watched['states'] {
    const [thresholds, nowIso] = [healthSettings(cluster), this.#tools.clock.iso()];
    const judged = (type: HealthCondition): ConditionState =>
      judge(states[type], type, { observation: observations[type], thresholds, nowIso });
    return { Authorized: judged('Authorized'), Healthy: judged('Healthy'), Reachable: judged('Reachable') };
  }
}

/** A user who corrects a spec wants to see the result soon. */
function wakeWhenChanged(watched: Watched, { metadata }: Cluster): void {
  if (watched.generation === metadata.generation) return;
  watched.generation = metadata.generation;
  watched.wake.abort();
}
