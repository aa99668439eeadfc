/**
 * Explains a decision in full, as data, for a person who wants to change it and for a program that wants to verify it.
 * decide() is the fast counterpart; both read the same index, so they cannot disagree.
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
      /** Every chain that led to the decision, shortest first. */
      readonly chains: readonly Chain[];
      /** The allows that a deny overrides. */
      readonly beaten: readonly Chain[];
      /** False when not all chains are listed, because there are too many. */
      readonly complete: boolean;
      /** The rules take too many steps to evaluate, so the request is denied without a chain. */
      readonly tooCostly?: true;
    }
  | {
      readonly verdict: 'none';
      /** The permissions of the subjects that came nearest. */
      readonly nearest: readonly NearMiss[];
      /** Lines of policies that would allow the request if the subjects held them; at most ten. */
      readonly wouldAllow: readonly ChainLine[];
    }
) & {
  /** The revision of the rules that this explanation is based on. */
  readonly revision: string;
};

const NEAREST_AT_MOST = 5;
const WOULD_ALLOW_AT_MOST = 10;

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
    .take(WOULD_ALLOW_AT_MOST)
    .map(lineOf)
    .toArray();
  return { verdict: 'none', nearest: nearestMisses(index, request, nowMs, NEAREST_AT_MOST), wouldAllow, revision };
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

/** Ties are broken by the names of the Rules, so that every replica lists chains in the same order. */
function byLength(a: Chain, b: Chain): number {
  const rules = ({ links, line }: Chain): string => [...links, line].map(({ rule }) => rule).join();
  return a.links.length - b.links.length || (rules(a) < rules(b) ? -1 : 1);
}

/** The lines that the subjects reach and that match the request, by policy. */
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
