/**
 * Finds what came nearest to allowing a request that nothing allows. This is advice for a person, never a decision.
 */
import { type Action, maskOf, STARRED } from './actions.ts';
import type { Chain } from './chain.ts';
import { chainTo, type Found, type Request } from './decide.ts';
import { appliesIn } from './effective-edge.ts';
import type { Permission, View } from './graph.ts';
import { Meter } from './meter.ts';
import { foldCase, matchesCounted } from './pattern.ts';
import type { RuleIndex } from './rule-index.ts';

/** Why a chain does not allow the request, nearest first. */
export const MISSES = ['ended', 'other-project', 'other-object', 'other-action'] as const;
export type Miss = (typeof MISSES)[number];

export interface NearMiss {
  readonly miss: Miss;
  readonly chain: Chain;
}

/** The search may stop early, because it is only advice: a policy of 10,000 lines must not make a refusal slow. */
const LINES_AT_MOST = 2_000;
/** Neither must lines with many stars: this is up to 2 ms. */
const ADVICE_STEPS = 300_000;

/**
 * The `count` allow lines that are nearest to allowing the request, nearest first; one of each kind of miss per policy.
 */
export function nearestMisses(index: RuleIndex, request: Request, nowMs: number, count: number): NearMiss[] {
  const asked = {
    action: index.actions.read(request.action),
    object: foldCase(request.object),
    domain: request.domain,
  };
  const views = request.subjects
    .map((subject) => index.viewOf(subject, undefined, nowMs))
    .filter((view) => view !== undefined);
  const best = new Best(count);
  const meter = new Meter(ADVICE_STEPS);
  forTheAction(views, asked, best, meter);
  // Lines for other actions are all further away, so they are needed only when there is room left.
  if (!best.isFull) onTheObject(views, asked, best, meter);
  return best.candidates.map(({ miss, found }) => ({ miss, chain: chainTo(found) }));
}

/** What the request asks for, prepared for matching. */
interface PreparedAccess {
  readonly action: Action;
  /** In folded letter case. */
  readonly object: string;
  readonly domain: string;
}

/**
 * Offers the lines for the requested action: those on the object whose chain does not count, and those on other
 * objects.
 */
function forTheAction(
  views: readonly View[],
  { action, object, domain }: PreparedAccess,
  best: Best,
  meter: Meter,
): void {
  const mask = maskOf(action.id);
  eachLine(views, mask, meter, (permission, view) => {
    if (
      permission.actionId !== action.id &&
      !(permission.actionId === STARRED && matchesCounted(permission.action, action.folded, meter))
    )
      return;
    const found = { view, permission };
    best.offer({
      found,
      miss: matchesCounted(permission.object, object, meter) ? whyNotCounted(found, domain) : 'other-object',
    });
  });
}

/** Offers the lines for other actions on the requested object. */
function onTheObject(views: readonly View[], { action, object }: PreparedAccess, best: Best, meter: Meter): void {
  eachLine(views, ANY_ACTION, meter, (permission, view) => {
    if (matchesCounted(permission.object, object, meter) && !matchesCounted(permission.action, action.folded, meter))
      best.offer({ found: { view, permission }, miss: 'other-action' });
  });
}

const ANY_ACTION = -1;

function eachLine(
  views: readonly View[],
  mask: number,
  meter: Meter,
  visit: (permission: Permission, view: View) => void,
): void {
  let left = LINES_AT_MOST;
  for (const [line, view] of linesOf(views, mask)) {
    if (left === 0 || meter.isSpent) return;
    left -= 1;
    visit(line, view);
  }
}

function* linesOf(views: readonly View[], mask: number): Generator<[Permission, View]> {
  for (const view of views) {
    for (const policy of view.allows) {
      if ((policy.mask & mask) === 0) continue;
      for (const line of policy.lines) yield [line, view];
    }
  }
}

interface Candidate {
  readonly miss: Miss;
  readonly found: Found;
}

/** The nearest candidates so far, nearest first. */
class Best {
  readonly candidates: Candidate[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  get isFull(): boolean {
    return this.candidates.length === this.#count;
  }

  offer(candidate: Candidate): void {
    const { candidates } = this;
    if (this.isFull && !isNearer(candidate, candidates.at(-1))) return;
    const alike = candidates.findIndex((other) => isAlike(candidate, other));
    if (alike !== -1 && !isNearer(candidate, candidates[alike])) return;
    if (alike !== -1) candidates.splice(alike, 1);
    candidates.splice(candidates.findLastIndex((other) => !isNearer(candidate, other)) + 1, 0, candidate);
    candidates.length = Math.min(candidates.length, this.#count);
  }
}

function isAlike(a: Candidate, b: Candidate): boolean {
  return a.miss === b.miss && a.found.permission.policy === b.found.permission.policy;
}

/** Ties are broken by the name of the Rule, so that every replica gives the same advice. */
function isNearer(a: Candidate, b: Candidate | undefined): boolean {
  if (b === undefined) return true;
  const [x, y] = [MISSES.indexOf(a.miss), MISSES.indexOf(b.miss)];
  return x === y ? a.found.permission.rule < b.found.permission.rule : x < y;
}

function whyNotCounted(found: Found, domain: string): Miss {
  return chainTo(found).links.every((link) => appliesIn(link, domain)) ? 'ended' : 'other-project';
}
