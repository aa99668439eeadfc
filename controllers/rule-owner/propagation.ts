/**
 * Waits for the authorizer replicas. What a user reads in a status, no replica contradicts: an object is in force, or its
 * finalizer goes, only when every live replica decides by what was taken away from its Rules (docs/adr/0008).
 */
import { identityOf, type OwnerObject, ownerKey } from './owner.ts';
import type { Waiting } from './standing.ts';
import type { OwnerTools } from './tools.ts';

/** The first retry, and the longest interval; in between, half of the time that has passed. */
const RETRY_MS = { least: 50, most: 2_000 };
/** A shorter wait is not worth a write of the status. */
const REPORT_AFTER_MS = 2_000;

/** The wait for the replicas that do not decide by the present Rules of the object yet; undefined when there are none. */
export async function propagationOf(object: OwnerObject, tools: OwnerTools): Promise<Waiting | undefined> {
  const key = ownerKey(identityOf(object));
  const restriction = tools.ownRules.restrictions.of(key);
  if (restriction === undefined) return undefined;
  const behind = restriction.open > 0 ? [] : await tools.replicas.behind(restriction.version);
  if (restriction.open === 0 && behind.length === 0 && tools.ownRules.restrictions.acknowledge(key, restriction))
    return undefined;
  const ageMs = tools.now() - restriction.sinceMs;
  return {
    state: 'waiting',
    reason: 'Propagating',
    message: `waiting for every authorizer replica to apply the change${behind.length === 0 ? '' : `; behind: ${behind.join(', ')}`}`,
    retryAfterMs: Math.min(Math.max(ageMs / 2, RETRY_MS.least), RETRY_MS.most),
    isReported: ageMs > REPORT_AFTER_MS,
  };
}
