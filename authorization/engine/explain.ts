/**
 * Why a request is decided as it is, in full and as data: for a person who wants to change it, and for a program that
 * wants to check it. decide() is the fast half of this; both read the same index, so they cannot disagree.
 */

import type { Effect } from '../rules/line.ts';
import { type Chain, type ChainLine, chainOf, lineOf } from './chain.ts';
import { decide, type Request } from './decide.ts';
import { isEffective } from './effective-edge.ts';
import type { Edge, Name, Permission } from './graph.ts';
import { type NearMiss, nearestMisses } from './nearest.ts';
import { pathsBetween } from './paths.ts';
import { foldCase, matches } from './pattern.ts';
import { linesForAction, onObject } from './permissions-for.ts';
import type { RuleIndex } from './rule-index.ts';

export type Explanation = (
  | {
      readonly verdict: 'allow' | 'deny';
      /** Every chain that decided so, the shortest first. */
      readonly chains: readonly Chain[];
      /** The allows that a deny has beaten. */
      readonly beaten: readonly Chain[];
      /** False when there are more chains than can be listed. */
      readonly complete: boolean;
      /** The rules take too many steps to decide by: it is denied, and no chain says why. */
      readonly tooCostly?: true;
    }
  | {
      readonly verdict: 'none';
      /** What the subjects hold that came nearest. */
      readonly nearest: readonly NearMiss[];
      /** The lines of policies that would allow it, did the subjects hold them; some, when there are many. */
      readonly wouldAllow: readonly ChainLine[];
    }
) & {
  /** The rules on which this was decided. */
  readonly revision: string;
};

const NEAREST = 5;
const WOULD_ALLOW = 10;

/** Explains the decision on `request` at `nowMs` (milliseconds since the epoch). */
export function explain(index: RuleIndex, request: Request, nowMs: number): Explanation {
  const { revision } = index;
  if (decide(index, request, nowMs).tooCostly === true)
    return { verdict: 'deny', chains: [], beaten: [], complete: false, tooCostly: true, revision };
  const denies = chainsOf(index, request, 'deny', nowMs);
  const allows = chainsOf(index, request, 'allow', nowMs);
  const complete = denies.complete && allows.complete;
  if (denies.chains.length > 0)
    return { verdict: 'deny', chains: denies.chains, beaten: allows.chains, complete, revision };
  if (allows.chains.length > 0) return { verdict: 'allow', chains: allows.chains, beaten: [], complete, revision };
  const wouldAllow = onObject(linesForAction(index, request.action, 'allow'), request.object)
    .take(WOULD_ALLOW)
    .map(lineOf)
    .toArray();
  return { verdict: 'none', nearest: nearestMisses(index, request, nowMs, NEAREST), wouldAllow, revision };
}

interface Chains {
  readonly chains: readonly Chain[];
  readonly complete: boolean;
}

function chainsOf(index: RuleIndex, request: Request, effect: Effect, nowMs: number): Chains {
  const { domain } = request;
  const counts = (edge: Edge): boolean => isEffective(edge, domain, nowMs);
  const subjects = [...new Set(request.subjects)]
    .map((subject) => index.name(subject))
    .filter((name) => name !== undefined);
  const deciding = decidingLines(index, request, effect, nowMs);
  const { paths, complete } = pathsBetween(subjects, new Set(deciding.keys()), counts);
  const chains = paths.flatMap(({ start, edges, end }) =>
    (deciding.get(end) ?? []).map((permission) => chainOf(start.text, edges, permission)),
  );
  return { chains: chains.sort(byLength), complete };
}

/** Among equals the Rules decide, so that every replica lists them alike. */
function byLength(a: Chain, b: Chain): number {
  const rules = ({ links, line }: Chain): string => [...links, line].map(({ rule }) => rule).join();
  return a.links.length - b.links.length || (rules(a) < rules(b) ? -1 : 1);
}

/** The lines that the subjects reach and that speak of the request, by their policy. */
function decidingLines(index: RuleIndex, request: Request, effect: Effect, nowMs: number): Map<Name, Permission[]> {
  const object = foldCase(request.object);
  const action = foldCase(request.action);
  const deciding = new Map<Name, Permission[]>();
  for (const subject of request.subjects) {
    const view = index.viewOf(subject, request.domain, nowMs);
    const tables = (effect === 'allow' ? view?.allows : view?.denies) ?? [];
    for (const table of tables) {
      const lines = [...table.lines].filter((line) => matches(line.action, action) && matches(line.object, object));
      if (lines[0] !== undefined) deciding.set(lines[0].policy, lines);
    }
  }
  return deciding;
}
