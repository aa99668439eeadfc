/**
 * The steps of an object that exists: set the finalizer, translate, write the Rules, wait for the authorizer replicas. The
 * finalizer is there before the first Rule, so the object cannot vanish while it still grants rights.
 */
import { firstNames } from '../../api/schema/message.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import { ensureFinalizer } from '../../runtime/loop/finalizer.ts';
import { changesOf } from '../../runtime/loop/patch-status.ts';
import { desiredRules } from './desired-rules.ts';
import { identityOf, type OwnerObject, ownerKey, type RuleOwner } from './owner.ts';
import { statusInForce } from './owner-status.ts';
import { propagationOf } from './propagation.ts';
import { type InForce, refusalOf, type Standing, type Waiting } from './standing.ts';
import { newTargets } from './targets.ts';
import { type OwnerTools, RULES_FINALIZER } from './tools.ts';
import { writeRules } from './write-rules.ts';

/** How soon an object is reconciled again whose references differ between the cache and the API server. */
const CACHE_RETRY_MS = 2_000;

/** Brings the Rules of an object up to date. Throws what passes by itself: conflicts, throttling, a lost connection. */
export async function ensureRules(owner: RuleOwner, object: OwnerObject, tools: OwnerTools): Promise<Standing> {
  const held = await ensureFinalizer(tools.client, owner.resource, object, RULES_FINALIZER);
  const translation = owner.translate(object, tools.stores);
  const wanted = desiredRules(held, translation);
  const existing = tools.ownRules.of(ownerKey(identityOf(held)));
  try {
    const changed = await tools.targets.changed(newTargets(existing, wanted, owner.nodeName?.(object)));
    const isRight = ({ spec }: (typeof wanted)[number]): boolean => spec.ptype === 'p' || !changed.has(spec.v1);
    await writeRules(held, existing, wanted.filter(isRight), tools);
    if (changed.size > 0) return referenceChanged(changed);
  } catch (error) {
    return refusalOf(error);
  }
  const inForce: InForce = {
    state: 'inForce',
    translation,
    rules: wanted.length,
    endsAtMs: owner.endsAtMs?.(object),
  };
  if (saysMore(object, inForce, tools.now())) tools.ownRules.restrictions.suspect(ownerKey(identityOf(held)));
  return (await propagationOf(object, tools)) ?? inForce;
}

/** Any status would be wrong while the cache is older than the API server: the watch or the retry decides. */
function referenceChanged(changed: ReadonlySet<string>): Waiting {
  const names = [...changed].map((node) => {
    const { kind, name } = readNode(node);
    return `${kind === 'role' ? 'Role' : 'Policy'} ${name}`;
  });
  return {
    state: 'waiting',
    reason: 'ReferenceChanged',
    message: `waiting for the cache: ${firstNames(names.sort())} was deleted or recreated a moment ago`,
    retryAfterMs: CACHE_RETRY_MS,
    isReported: true,
  };
}

/**
 * Whether the status will say more than before. An earlier process may have written Rules for the same change, and
 * died before the replicas had applied it. An object without a status was never said to be in force.
 */
function saysMore(object: OwnerObject, inForce: InForce, nowMs: number): boolean {
  const known = object.status?.observedGeneration ?? undefined;
  return known !== undefined && changesOf(object, statusInForce(object, inForce, nowMs)).length > 0;
}
