/**
 * Decides what the rules say about a request. A deny that any of the subjects reaches wins over every allow; without
 * either there is no opinion. The equivalent Casbin model is model.conf, with domain matching.
 *
 * A request whose rules take too many steps (meter.ts) is denied, because there may be a deny that was not reached.
 */
import { type Action, maskOf } from './actions.ts';
import { type Chain, chainOf } from './chain.ts';
import type { Edge, Permission, PolicyTable, View } from './graph.ts';
import { Meter } from './meter.ts';
import { foldCase } from './pattern.ts';
import type { RuleIndex } from './rule-index.ts';

/** What a request asks for. */
export interface Access {
  /** The project whose edges count in addition to those of `*`; empty for none. */
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

export interface Request extends Access {
  /** All names of the requester, evaluated together: the user, their groups and the tenant's catch-all. */
  readonly subjects: readonly string[];
}

/** A permission that matched, and the view that reached its policy. */
export interface Found {
  readonly view: View;
  readonly permission: Permission;
}

export type Verdict = 'allow' | 'deny' | 'none';

/** The decision and what made it. A deny carries no permission when the rules took too many steps. */
export type Decision =
  | ({ readonly verdict: 'allow' | 'deny'; readonly tooCostly?: undefined } & Found)
  | { readonly verdict: 'deny'; readonly tooCostly: true }
  | { readonly verdict: 'none'; readonly tooCostly?: undefined };

/** The cost of a policy apart from its wildcard lines, mostly the access to its memory. */
const STEPS_OF_POLICY = 100;
/**
 * Counting makes common decisions a tenth slower, so it starts only after this many wildcard lines, which take up to
 * 1.5 ms.
 */
const UNCOUNTED_LINES_AT_MOST = 256;

const NO_OPINION: Decision = { verdict: 'none' };
const TOO_COSTLY: Decision = { verdict: 'deny', tooCostly: true };

/**
 * Decides `request` at `nowMs` (milliseconds since the epoch). When several permissions decide alike, the decision
 * names one of them, with a shortest path from the first subject that reaches one; explain() names all of them. The
 * steps taken are added to `meter`.
 */
export function decide(index: RuleIndex, request: Request, nowMs: number, meter = new Meter()): Decision {
  const object = foldCase(request.object);
  const action = index.actions.read(request.action);
  let allow: Decision = NO_OPINION;
  for (const subject of request.subjects) {
    const view = index.viewOf(subject, request.domain, nowMs);
    if (view === undefined) continue;
    if (view.isCut) return TOO_COSTLY;
    const deny = findAmong(view.denies, action, object, meter);
    if (deny !== undefined) return { verdict: 'deny', view, permission: deny };
    const permission = allow === NO_OPINION ? findAmong(view.allows, action, object, meter) : undefined;
    if (permission !== undefined) allow = { verdict: 'allow', view, permission };
  }
  return meter.isSpent ? TOO_COSTLY : allow;
}

function findAmong(
  policies: readonly PolicyTable[],
  action: Action,
  object: string,
  meter: Meter,
): Permission | undefined {
  meter.steps += policies.length * STEPS_OF_POLICY;
  if (meter.isSpent) return undefined;
  const mask = maskOf(action.id);
  let { uncounted } = meter;
  for (const policy of policies) {
    if ((policy.mask & mask) === 0) continue;
    uncounted += policy.weight;
    const permission =
      uncounted > UNCOUNTED_LINES_AT_MOST
        ? policy.findCounted(action, object, meter)
        : policy.find(action, object, meter);
    if (permission !== undefined) return permission;
  }
  meter.uncounted = uncounted;
  return undefined;
}

/** The chain to a permission that was found. */
export function chainTo({ view, permission }: Found): Chain {
  const edges: Edge[] = [];
  let at = view.policies.find(({ name }) => name === permission.policy);
  for (; at?.edge !== undefined; at = at.from) edges.unshift(at.edge);
  return chainOf(view.start.text, edges, permission);
}
