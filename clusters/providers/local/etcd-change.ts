/**
 * Plans the next change of the etcd members. Pure: it compares the members that etcd knows with those that have data on
 * this machine. The two differ after a kill in the middle of a change, and after a loss of data.
 */
import { peerUrl } from './commands.ts';
import type { EtcdMember } from './etcd-client.ts';
import { portsAt, type ReplicaPorts } from './ports.ts';

export interface EtcdObserved {
  readonly ports: readonly ReplicaPorts[];
  /** The members that a majority of etcd agrees on. */
  readonly known: readonly EtcdMember[];
  /** The indices of the replicas with data. */
  readonly withData: readonly number[];
  /** The desired number of members. */
  readonly wanted: number;
}

export type EtcdChange =
  /** The data belong to a member that etcd removed; it would never start with them. Delete them. */
  | { readonly do: 'discard'; readonly index: number }
  /** The data of the member are lost. Remove it, so that it can join again. */
  | { readonly do: 'expel'; readonly index: number; readonly id: string }
  | { readonly do: 'add'; readonly index: number }
  /** The member was added, but has never started. */
  | { readonly do: 'begin'; readonly index: number }
  | { readonly do: 'promote'; readonly index: number; readonly id: string }
  /** The member votes. Only its health remains to be checked. */
  | { readonly do: 'nothing'; readonly index: number };

/**
 * Returns one change for each replica, in the order in which to make them. Make only the first that is needed, then
 * plan again.
 */
export function etcdChanges(observed: EtcdObserved): EtcdChange[] {
  const discarded = observed.withData
    .filter((index) => knownAt(observed, index) === undefined)
    .map((index): EtcdChange => ({ do: 'discard', index }));
  const wanted = Array.from({ length: observed.wanted }, (_, index) => changeOf(observed, index));
  return [...discarded, ...wanted];
}

function changeOf(observed: EtcdObserved, index: number): EtcdChange {
  const member = knownAt(observed, index);
  if (member === undefined) return { do: 'add', index };
  if (member.name === '') return { do: 'begin', index };
  if (!observed.withData.includes(index)) return { do: 'expel', index, id: member.ID };
  return member.isLearner ? { do: 'promote', index, id: member.ID } : { do: 'nothing', index };
}

/** The etcd member of a replica, found by its address, which never changes; undefined when etcd has none. */
export function knownAt(
  { ports, known }: Pick<EtcdObserved, 'ports' | 'known'>,
  index: number,
): EtcdMember | undefined {
  const url = peerUrl(portsAt(ports, index));
  return known.find(({ peerURLs }) => peerURLs.includes(url));
}
