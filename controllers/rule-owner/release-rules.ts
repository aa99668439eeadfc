/**
 * The steps of an object that is being deleted: remove its Rules, wait until no Rule of another owner leads to it, wait
 * for the authorizer replicas, remove the finalizer.
 */

import { rules } from '../../api/auth/rule.ts';
import { firstNames } from '../../api/schema/message.ts';
import type { Owner } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Client } from '../../runtime/client/client.ts';
import { removeFinalizer } from '../../runtime/loop/finalizer.ts';
import { identityOf, type OwnerObject, ownerKey, type RuleOwner } from './owner.ts';
import { propagationOf } from './propagation.ts';
import { refusalOf, type Standing, type Waiting } from './standing.ts';
import { type OwnerTools, RULES_FINALIZER } from './tools.ts';
import { writeRules } from './write-rules.ts';

/** The search for what leads to an object reads all Rules on the API server, so the interval grows. */
const RETRY_MS = { least: 1_000, most: 30_000 };

/** Removes the Rules of an object, and its finalizer as soon as that is safe. */
export async function releaseRules(owner: RuleOwner, object: OwnerObject, tools: OwnerTools): Promise<Standing> {
  if (!(object.metadata.finalizers ?? []).includes(RULES_FINALIZER)) return { state: 'released' };
  const identity = identityOf(object);
  const existing = tools.ownRules.of(ownerKey(identity));
  try {
    await writeRules(object, existing, [], tools);
  } catch (error) {
    return refusalOf(error);
  }
  // If nothing was removed just now, an earlier process may have removed it.
  tools.ownRules.restrictions.suspect(ownerKey(identity));
  const node = owner.nodeName?.(object);
  const leading = node === undefined ? [] : await ownersLeadingTo(node, identity, tools.client);
  if (leading.length > 0) return stillReferenced(object, leading, tools.now());
  const propagation = await propagationOf(object, tools);
  if (propagation !== undefined) return propagation;
  await removeFinalizer(tools.client, owner.resource, object, RULES_FINALIZER);
  return { state: 'released' };
}

/**
 * The other owners of Rules that lead to `node`. If the object went before those Rules, a new object of that name, perhaps
 * of another tenant, would belong to the users of those owners until their controllers notice (docs/adr/0004).
 */
async function ownersLeadingTo(node: string, self: Owner, client: Client): Promise<string[]> {
  const leading = await client.list(rules, { fieldSelector: `spec.v1=${node}` });
  const owners = leading.map(trustRule).flatMap((trust) => (trust.honoured ? [trust.owner] : []));
  const others = owners.filter((other) => other.kind !== self.kind || other.name !== self.name);
  return [...new Set(others.map((other) => `${other.kind} ${other.name}`))].sort();
}

function stillReferenced({ metadata }: OwnerObject, leading: readonly string[], nowMs: number): Waiting {
  const waitedMs = nowMs - Date.parse(metadata.deletionTimestamp ?? '');
  return {
    state: 'waiting',
    reason: 'Terminating',
    message: `waiting for objects that still refer to it: ${firstNames(leading)}`,
    // The wait becomes half as long again each time. A timestamp that cannot be read counts as now.
    retryAfterMs: Math.min(Math.max(waitedMs / 2 || 0, RETRY_MS.least), RETRY_MS.most),
    isReported: true,
  };
}
