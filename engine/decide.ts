/**
 * The decision: what do the rules say about a request? A deny that any of the subjects reaches wins over every allow;
 * without either there is no opinion. The Casbin model that this equals is model.conf, with domain matching.
 */
import { foldCase, matches } from './pattern.ts';
import { type Reached, edgesTo, inDomain, reach } from './reach.ts';
import type { Edge, Permission, RuleIndex } from './rule-index.ts';

export interface Request {
  /** All names that the requester goes by, evaluated together: user, groups, the tenant's catch-all. */
  readonly subjects: readonly string[];
  /** The project whose edges count beside those of `*`; empty for none. */
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

/** How a permission came to apply: from a subject over edges to a policy's line. */
export interface Chain {
  readonly subject: string;
  readonly edges: readonly Edge[];
  readonly permission: Permission;
}

export type Decision =
  | { readonly verdict: 'allow' | 'deny'; readonly chain: Chain }
  | { readonly verdict: 'none' };

/**
 * Decides `request` at the time `nowMs` (milliseconds since the epoch).
 * The chain of the answer is a shortest one; where several permissions decide alike, one of them is named.
 */
export function decide(index: RuleIndex, request: Request, nowMs: number): Decision {
  const object = foldCase(request.object);
  const action = foldCase(request.action);
  let allow: Chain | undefined;
  for (const reached of reach(index, request.subjects, inDomain(request.domain, nowMs))) {
    for (const permission of index.permissionsOf(reached.node)) {
      if (allow !== undefined && permission.line.effect === 'allow') continue;
      if (!matches(permission.action, action) || !matches(permission.object, object)) continue;
      const chain = chainTo(reached, permission);
      if (permission.line.effect === 'deny') return { verdict: 'deny', chain };
      allow = chain;
    }
  }
  return allow === undefined ? { verdict: 'none' } : { verdict: 'allow', chain: allow };
}

export function chainTo(reached: Reached, permission: Permission): Chain {
  const edges = edgesTo(reached);
  return { subject: edges[0]?.line.member ?? reached.node, edges, permission };
}
