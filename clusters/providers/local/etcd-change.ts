/**
 * What brings the members of etcd one change nearer to what is wanted. Pure: from the members that etcd knows and those
 * that have data on this machine. Both can differ after a kill in the middle of a change, and when a folder was lost.
 */
import { peerUrl } from './commands.ts';
import type { EtcdMember } from './etcd.ts';
import { type MemberPorts, portsAt } from './layout.ts';

export interface EtcdSeen {
  readonly ports: readonly MemberPorts[];
  /** The members that etcd itself knows, as a majority of them agrees. */
  readonly known: readonly EtcdMember[];
  /** The indices of those that have data. */
  readonly withData: readonly number[];
  /** How many there are to be. */
  readonly wanted: number;
}

export type EtcdChange =
  /** Its data are of a member that was removed, with which it would never start again. */
  | { readonly do: 'discard'; readonly index: number }
  /** Its data are gone: it is to leave, and to join anew. */
  | { readonly do: 'expel'; readonly index: number; readonly id: string }
  | { readonly do: 'add'; readonly index: number }
  /** It was added, and never ran. */
  | { readonly do: 'begin'; readonly index: number }
  | { readonly do: 'promote'; readonly index: number; readonly id: string }
  /** It votes: only whether it is well is to be asked. */
  | { readonly do: 'nothing'; readonly index: number };

/** The changes that members need, one for each, in the order in which they are to be made: the first that is needed alone. */
export function etcdChanges(seen: EtcdSeen): EtcdChange[] {
  const discarded = seen.withData
    .filter((index) => knownAt(seen, index) === undefined)
    .map((index): EtcdChange => ({ do: 'discard', index }));
  const wanted = Array.from({ length: seen.wanted }, (_, index) => changeOf(seen, index));
  return [...discarded, ...wanted];
}

function changeOf(seen: EtcdSeen, index: number): EtcdChange {
  const member = knownAt(seen, index);
  if (member === undefined) return { do: 'add', index };
  if (member.name === '') return { do: 'begin', index };
  if (!seen.withData.includes(index)) return { do: 'expel', index, id: member.ID };
  return member.isLearner ? { do: 'promote', index, id: member.ID } : { do: 'nothing', index };
}

/** A member has its place by its address among the others, which it keeps. */
export function knownAt({ ports, known }: Pick<EtcdSeen, 'ports' | 'known'>, index: number): EtcdMember | undefined {
  const url = peerUrl(portsAt(ports, index));
  return known.find(({ peerURLs }) => peerURLs.includes(url));
}
