/**
 * What questions are answered from: the rules, and which project owns what. Built from a hub or from manifests. Pure.
 */
import type { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { AuthorizerOptions } from '../../authorization/webhook/authorize.ts';
import { CostlyTenants } from '../../authorization/webhook/costly-tenants.ts';
import type { ProjectSources } from '../../authorization/webhook/projects.ts';

export interface World {
  readonly index: RuleIndex;
  readonly projects: ProjectSources;
  /** The time for which questions are answered, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** A world that a command has opened and closes again. */
export interface OpenWorld extends World {
  /** The user of the kubeconfig; undefined for manifests, which hold no credentials. */
  readonly whoAmI: (() => Promise<Identity>) | undefined;
  close(): Promise<void>;
}

/** A user as the API server knows them. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * Options with which the authorizer's code answers in this world. Reasons show full chains: the caller has all Rules
 * anyway.
 */
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
