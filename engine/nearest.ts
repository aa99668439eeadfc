/**
 * What came nearest to allowing a request that nothing allowed. It is advice for a person, never a decision.
 */
import type { Chain } from './chain.ts';
import { type Found, type Request, chainTo } from './decide.ts';
import { foldCase, matches } from './pattern.ts';
import type { PermissionTable } from './permission-table.ts';
import type { RuleIndex } from './rule-index.ts';
import { type View, countsIn } from './view.ts';

/** Why the chain did not count, the nearest first. */
export const MISSES = ['ended', 'other-project', 'other-object', 'other-action'] as const;
export type Miss = (typeof MISSES)[number];

export interface NearMiss {
  readonly miss: Miss;
  readonly chain: Chain;
}

/** Advice may stop here: a policy of 10,000 lines must not make a refusal slow. */
const LINES_AT_MOST = 2_000;

/** The allow lines that would have needed the least change, at most `count`, the nearest first; of a policy one of each kind. */
export function nearestMisses(index: RuleIndex, request: Request, nowMs: number, count: number): NearMiss[] {
  const best: Candidate[] = [];
  for (const candidate of candidates(index, request, nowMs)) {
    if (best.length === count && !isNearer(candidate, best[count - 1])) continue;
    const alike = best.findIndex((other) => isAlike(candidate, other));
    if (alike !== -1 && !isNearer(candidate, best[alike])) continue;
    if (alike !== -1) best.splice(alike, 1);
    best.splice(best.findLastIndex((other) => !isNearer(candidate, other)) + 1, 0, candidate);
    best.length = Math.min(best.length, count);
  }
  return best.map(({ miss, found }) => ({ miss, chain: chainTo(found) }));
}

interface Candidate {
  readonly miss: Miss;
  readonly found: Found;
}

/** The allow lines that the subjects reach in any project and at any time, and that fit in the object or the action. */
function* candidates(index: RuleIndex, request: Request, nowMs: number): Generator<Candidate> {
  const object = foldCase(request.object);
  const action = foldCase(request.action);
  let left = LINES_AT_MOST;
  for (const { view, policy } of policiesAnywhere(index, request.subjects, nowMs)) {
    for (const permission of policy.lines) {
      left -= 1;
      if (left < 0) return;
      const fits = { object: matches(permission.object, object), action: matches(permission.action, action) };
      if (!fits.object && !fits.action) continue;
      const found = { view, permission };
      yield { found, miss: fits.object && fits.action ? whyNotCounted(found, request.domain) : fits.action ? 'other-object' : 'other-action' };
    }
  }
}

function* policiesAnywhere(
  index: RuleIndex, subjects: readonly string[], nowMs: number,
): Generator<{ readonly view: View; readonly policy: PermissionTable }> {
  for (const subject of subjects) {
    const view = index.viewOf(subject, undefined, nowMs);
    for (const policy of view?.allows ?? []) if (view !== undefined) yield { view, policy };
  }
}

function isAlike(a: Candidate, b: Candidate): boolean {
  return a.miss === b.miss && a.found.permission.policy === b.found.permission.policy;
}

/** Among equals the name of the Rule decides, so that every replica gives the same advice. */
function isNearer(a: Candidate, b: Candidate | undefined): boolean {
  if (b === undefined) return true;
  const [x, y] = [MISSES.indexOf(a.miss), MISSES.indexOf(b.miss)];
  return x === y ? a.found.permission.rule < b.found.permission.rule : x < y;
}

function whyNotCounted(found: Found, domain: string): Miss {
  return chainTo(found).links.every((link) => countsIn(link, domain)) ? 'ended' : 'other-project';
}
