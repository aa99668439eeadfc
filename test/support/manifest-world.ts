/**
 * Translates manifests into Rules (cli/world/translated.ts) and decides requests as the authorizer does, without a
 * cluster.
 */
import { HUB } from '../../api/installation.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { type Answer, authorize } from '../../authorization/webhook/authorize.ts';
import type { Review } from '../../authorization/webhook/review.ts';
import { translatedWorld } from '../../cli/world/translated.ts';
import { authorizerOf } from '../../cli/world/world.ts';

export interface World {
  readonly rules: readonly RuleObject[];
  ask(review: Omit<Review, 'apiVersion'>, cluster?: string): Answer;
}

/** Throws ManifestError for a manifest that does not match the schema of its kind. Ignores kinds that are not ours. */
export function worldOf(manifests: readonly KubeObject[], nowMs: number): World {
  const world = translatedWorld(manifests, nowMs);
  const options = authorizerOf(world);
  return {
    rules: world.rules,
    ask: (review, cluster = HUB) => authorize({ apiVersion: 'v1', ...review }, cluster, options),
  };
}
