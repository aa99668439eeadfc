/**
 * What came nearest to allowing a request that nothing allowed. It is advice for a person, never a decision.
 */
import { type Chain, type Request, chainTo } from './decide.ts';
import { foldCase, matches } from './pattern.ts';
import { reach } from './reach.ts';
import type { RuleIndex } from './rule-index.ts';
import { EVERYWHERE } from '../rules/line.ts';

/** Why the chain did not count, the nearest first. */
export const MISSES = ['ended', 'other-project', 'other-object', 'other-action'] as const;
export type Miss = (typeof MISSES)[number];

export interface NearMiss {
  readonly miss: Miss;
  readonly chain: Chain;
}

/** The allow line that would have needed the least change; undefined when the subjects reach nothing of the kind. */
export function nearestMiss(index: RuleIndex, request: Request, nowMs: number): NearMiss | undefined {
  const object = foldCase(request.object);
  const action = foldCase(request.action);
  let best: NearMiss | undefined;
  for (const reached of reach(index, request.subjects, () => true)) {
    for (const permission of index.permissionsOf(reached.node)) {
      if (permission.line.effect === 'deny') continue;
      const fits = { object: matches(permission.object, object), action: matches(permission.action, action) };
      if (!fits.object && !fits.action) continue;
      const chain = chainTo(reached, permission);
      const miss = fits.object && fits.action ? whyNotCounted(chain, request.domain, nowMs) : missOf(fits.action);
      if (best === undefined || isNearer({ miss, chain }, best)) best = { miss, chain };
    }
  }
  return best;
}

/** Among equals the name of the Rule decides, so that every replica gives the same advice. */
function isNearer(a: NearMiss, b: NearMiss): boolean {
  const [x, y] = [MISSES.indexOf(a.miss), MISSES.indexOf(b.miss)];
  return x === y ? a.chain.permission.source.rule < b.chain.permission.source.rule : x < y;
}

function missOf(actionFits: boolean): Miss {
  return actionFits ? 'other-object' : 'other-action';
}

function whyNotCounted(chain: Chain, domain: string, nowMs: number): Miss {
  const elsewhere = chain.edges.some((edge) => edge.line.domain !== EVERYWHERE && edge.line.domain !== domain);
  const ended = chain.edges.some((edge) => edge.endsAtMs <= nowMs);
  return ended && !elsewhere ? 'ended' : 'other-project';
}
