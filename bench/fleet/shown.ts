/** What the hub shows of each cluster of the fleet while the bench runs, kept from its watch. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS } from '../../api/platform/cluster-status.ts';
import { Informer } from '../../runtime/cache/informer.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/log.ts';
import { kindOf, type MemberKind, numberOf, sharesOf } from './members.ts';

const silentLog: Logger = { debug() {}, info() {}, error() {}, child: () => silentLog };

export interface Shown {
  /** How many changes of objects the watch told of. */
  readonly changes: number;
  /** Clusters of that kind with that as one of their conditions: now, and ever. */
  now(kind: MemberKind, what: string): number;
  ever(kind: MemberKind, what: string): number;
  /** Clusters that have all three conditions. */
  judged(): number;
}

/** `what` is the type and status of a condition: `Reachable False`. */
export async function followFleet(client: Client, members: number, signal: AbortSignal): Promise<Shown> {
  const informer = new Informer<Cluster>({ resource: clusters, client, log: silentLog });
  const seen = new Map<string, Set<string>>();
  const shares = sharesOf(members);
  let changes = 0;
  informer.onChange(({ object }) => {
    changes += 1;
    const ever = seen.get(object.metadata.name) ?? new Set();
    for (const each of conditionsOf(object)) ever.add(each);
    seen.set(object.metadata.name, ever);
  });
  void informer.start(signal);
  await informer.synced;
  const isOf = (name: string, kind: MemberKind): boolean => kindOf(numberOf(name), shares) === kind;
  return {
    get changes() {
      return changes;
    },
    now: (kind, what) =>
      informer.store.list().filter((each) => isOf(each.metadata.name, kind) && conditionsOf(each).includes(what))
        .length,
    ever: (kind, what) => [...seen].filter(([name, ever]) => isOf(name, kind) && ever.has(what)).length,
    judged: () => informer.store.list().filter((each) => conditionsOf(each).length === HEALTH_CONDITIONS.length).length,
  };
}

function conditionsOf({ status }: Cluster): string[] {
  return (status?.conditions ?? []).map(({ type, status: is }) => `${type} ${is}`);
}
