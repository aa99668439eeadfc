/** Records the conditions of each cluster of the fleet while the benchmark runs, from a watch. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS } from '../../api/platform/cluster-status.ts';
import { Informer } from '../../runtime/cache/informer.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/log.ts';
import { type Behaviour, behaviourOf, numberOf, sharesOf } from './stub-clusters.ts';

const silentLog: Logger = { debug() {}, info() {}, error() {}, child: () => silentLog };

export interface Shown {
  /** The number of changed objects that the watch reported. */
  readonly changes: number;
  /** The number of clusters with this behaviour that have this condition now, or ever had it. */
  now(behaviour: Behaviour, condition: string): number;
  ever(behaviour: Behaviour, condition: string): number;
  /** The number of clusters that have all three conditions. */
  judged(): number;
}

/** Follows the fleet until `signal` aborts. A condition is given as type and status: `Reachable False`. */
export async function followFleet(client: Client, count: number, signal: AbortSignal): Promise<Shown> {
  const informer = new Informer<Cluster>({ resource: clusters, client, log: silentLog });
  const seen = new Map<string, Set<string>>();
  const shares = sharesOf(count);
  let changes = 0;
  informer.onChange(({ object }) => {
    changes += 1;
    const ever = seen.get(object.metadata.name) ?? new Set();
    for (const each of conditionsOf(object)) ever.add(each);
    seen.set(object.metadata.name, ever);
  });
  void informer.start(signal);
  await informer.synced;
  const behaves = (name: string, behaviour: Behaviour): boolean => behaviourOf(numberOf(name), shares) === behaviour;
  return {
    get changes() {
      return changes;
    },
    now: (behaviour, condition) =>
      informer.store
        .list()
        .filter((each) => behaves(each.metadata.name, behaviour) && conditionsOf(each).includes(condition)).length,
    ever: (behaviour, condition) =>
      [...seen].filter(([name, ever]) => behaves(name, behaviour) && ever.has(condition)).length,
    judged: () => informer.store.list().filter((each) => conditionsOf(each).length === HEALTH_CONDITIONS.length).length,
  };
}

function conditionsOf({ status }: Cluster): string[] {
  return (status?.conditions ?? []).map(({ type, status: is }) => `${type} ${is}`);
}
