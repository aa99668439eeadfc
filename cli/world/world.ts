/** What questions are asked of: the rules, and which project owns what. Made from a cluster or from manifests. */

import type { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { AuthorizerOptions } from '../../authorization/webhook/authorize.ts';
import { CostlyTenants } from '../../authorization/webhook/costly-tenants.ts';
import { type ProjectSources } from '../../authorization/webhook/projects.ts';

export interface World {
  readonly index: RuleIndex;
  readonly projects: ProjectSources;
  /** Milliseconds since the epoch for which questions are answered. */
  readonly nowMs: number;
}

/** How the authorizer would answer in this world: with full chains, for whoever has the rules has them anyway. */
export function authorizerOf({ index, projects, nowMs }: World): AuthorizerOptions {
  return {
    index,
    projects,
    chainsFor: 'everyone',
    grantorsOf: () => [],
    costlyTenants: new CostlyTenants(),
    nowMs: () => nowMs,
  };
}
