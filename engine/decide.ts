/**
 * The decision: what do the rules say about a request? A deny that any of the subjects reaches wins over every allow;
 * without either there is no opinion. The Casbin model that this equals is model.conf, with domain matching.
 */
import { type Action, maskOf } from './actions.ts';
import { type Chain, chainOf } from './chain.ts';
import type { Edge, Permission } from './graph.ts';
import { foldCase } from './pattern.ts';
import type { PermissionTable } from './permission-table.ts';
import type { RuleIndex } from './rule-index.ts';
import type { View } from './view.ts';

export interface Request {
  /** All names that the requester goes by, evaluated together: user, groups, the tenant's catch-all. */
  readonly subjects: readonly string[];
  /** The project whose edges count beside those of `*`; empty for none. */
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

/** A permission that decided, and the view that its policy was found in. */
export interface Found {
  readonly view: View;
  readonly permission: Permission;
}

export type Verdict = 'allow' | 'deny' | 'none';

export type Decision = ({ readonly verdict: 'allow' | 'deny' } & Found) | { readonly verdict: 'none' };

const NO_OPINION: Decision = { verdict: 'none' };

/**
 * Decides `request` at the time `nowMs` (milliseconds since the epoch). Where several permissions decide alike, one
 * of them is named, over a shortest way from the first subject that reaches one; explain() names them all.
 */
export function decide(index: RuleIndex, request: Request, nowMs: number): Decision {
  const object = foldCase(request.object);
  const action = index.actions.read(request.action);
  let allow: Decision = NO_OPINION;
  for (const subject of request.subjects) {
    const view = index.viewOf(subject, request.domain, nowMs);
    if (view === undefined) continue;
    const deny = findAmong(view.denies, action, object);
    if (deny !== undefined) return { verdict: 'deny', view, permission: deny };
    const permission = allow === NO_OPINION ? findAmong(view.allows, action, object) : undefined;
    if (permission !== undefined) allow = { verdict: 'allow', view, permission };
  }
  return allow;
}

function findAmong(policies: readonly PermissionTable[], action: Action, object: string): Permission | undefined {
  const mask = maskOf(action.id);
  for (const policy of policies) {
    if ((policy.mask & mask) === 0) continue;
    const permission = policy.find(action, object);
    if (permission !== undefined) return permission;
  }
  return undefined;
}

/** The way that led to what was found. */
export function chainTo({ view, permission }: Found): Chain {
  const edges: Edge[] = [];
  let at = view.policies.find(({ name }) => name === permission.policy);
  for (; at?.edge !== undefined; at = at.from) edges.unshift(at.edge);
  return chainOf(view.start.text, edges, permission);
}
