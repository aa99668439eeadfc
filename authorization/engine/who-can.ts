/**
 * Lists who may do something: the subjects that reach an allow and no deny. Groups are listed themselves, because a
 * credential may carry them, and their known group members are listed as users.
 */
import type { Effect } from '../rules/line.ts';
import { everyoneNode, readNode } from '../rules/node-name.ts';
import type { Access } from './decide.ts';
import { isEffective } from './effective-edge.ts';
import type { Edge, Name, Permission } from './graph.ts';
import { distancesTo } from './paths.ts';
import { linesForAction, onObject } from './permissions-for.ts';
import type { RuleIndex } from './rule-index.ts';

export interface Holders {
  /**
   * Names of users, sorted. Also names of unknown kind that hold something and have no group members: they may be
   * users.
   */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Tenants in which every user may do it. */
  readonly everyoneOf: readonly string[];
  /** Subjects blocked by a deny: they reach an allow as well. */
  readonly denied: readonly string[];
}

/** Who may do `action` on `object` in `domain` at `nowMs` (milliseconds since the epoch). */
export function whoCan(index: RuleIndex, { domain, object, action }: Access, nowMs: number): Holders {
  const lines = (effect: Effect): Iterable<Permission> => onObject(linesForAction(index, action, effect), object);
  return holdersOfAny({ allows: lines('allow'), denies: lines('deny') }, domain, nowMs);
}

/**
 * The subjects that hold any of the allows and none of the denies in `domain` at `nowMs` (milliseconds since the
 * epoch).
 */
export function holdersOfAny(
  { allows, denies }: { readonly allows: Iterable<Permission>; readonly denies: Iterable<Permission> },
  domain: string,
  nowMs: number,
): Holders {
  const counts = (edge: Edge): boolean => isEffective(edge, domain, nowMs);
  const holders = (lines: Iterable<Permission>): Set<string> => {
    const policies = Array.from(lines, ({ policy }) => policy);
    return new Set([...distancesTo(policies, counts).keys()].filter(isSubject).map(({ text }) => text));
  };
  const [allowed, denied] = [holders(allows), holders(denies)];
  const isDenied = (subject: string): boolean => denied.has(subject) || denied.has(everyoneOf(subject));
  const may = [...allowed].filter((subject) => !isDenied(subject)).sort();
  const users = may.filter((subject) => readNode(subject).kind !== 'group');
  return {
    users: users.filter((subject) => subject !== everyoneOf(subject)),
    groups: may.filter((subject) => readNode(subject).kind === 'group'),
    everyoneOf: users
      .filter((subject) => subject === everyoneOf(subject))
      .map((subject) => readNode(subject).tenant ?? ''),
    denied: [...allowed.union(denied)]
      .filter((subject) => isDenied(subject) && (allowed.has(subject) || allowed.has(everyoneOf(subject))))
      .sort(),
  };
}

/** The holders of `tenant` from `own`, and those of all other tenants from `others`. */
export function ofTenants(own: Holders, others: Holders, tenant: string | undefined): Holders {
  const isOwn = (subject: string): boolean => readNode(subject).tenant === tenant;
  const joined = (key: 'users' | 'groups' | 'denied'): string[] =>
    [...own[key].filter(isOwn), ...others[key].filter((subject) => !isOwn(subject))].sort();
  const everyoneOf = [
    ...own.everyoneOf.filter((id) => id === tenant),
    ...others.everyoneOf.filter((id) => id !== tenant),
  ].sort();
  return { users: joined('users'), groups: joined('groups'), everyoneOf, denied: joined('denied') };
}

/** Whether requests can come in this name. Roles and policies are names, too, but never requesters. */
function isSubject({ text, members, edges }: Name): boolean {
  const { kind } = readNode(text);
  if (kind === 'user' || kind === 'group') return true;
  return kind !== 'role' && edges.length > 0 && (members === undefined || members.size === 0);
}

/** The subject that stands for every user of the subject's tenant. */
function everyoneOf(subject: string): string {
  return everyoneNode(readNode(subject).tenant ?? '');
}
