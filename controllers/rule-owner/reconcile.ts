/**
 * Reconciles one object that owns Rules; the same for every kind. The steps of ensure-rules.ts or release-rules.ts write the finalizer
 * and the Rules, and return a standing. The status is written last, here and nowhere else.
 */
import type { Outcome } from '../../runtime/loop/controller.ts';
import { patchStatus } from '../../runtime/loop/patch-status.ts';
import { ensureRules } from './ensure-rules.ts';
import { type OwnerObject, ownerKey, type RuleOwner } from './owner.ts';
import { ownerStatus, problemText } from './owner-status.ts';
import { releaseRules } from './release-rules.ts';
import { outcomeOf, type Standing } from './standing.ts';
import type { OwnerTools } from './tools.ts';

/** Brings the Rules and the status of the object with this key up to date. Throws what the loop retries. */
export async function reconcileOwner(owner: RuleOwner, key: string, tools: OwnerTools): Promise<Outcome> {
  const object = tools.stores.of(owner.resource).get(key);
  if (object === undefined) {
    tools.ownRules.forget(ownerKey({ kind: owner.resource.kind, name: key }));
    return {};
  }
  const steps = object.metadata.deletionTimestamp === undefined ? ensureRules : releaseRules;
  const standing = await steps(owner, object, tools);
  announceProblem(object, standing, tools);
  const nowMs = tools.now();
  const status = ownerStatus(object, standing, nowMs);
  if (status !== undefined) {
    const written = patchStatus(tools.client, owner.resource, object, status);
    // If the API server refuses the status as well, the first refusal is the one to report and retry.
    await (standing.state === 'refused' ? written.catch(() => undefined) : written);
  }
  return outcomeOf(standing, nowMs);
}

/** Records an Event when the first problem of an object changes, not each time that it is found again. */
function announceProblem(object: OwnerObject, standing: Standing, { events }: OwnerTools): void {
  if (standing.state !== 'inForce') return;
  const { problems } = standing.translation;
  const known = object.status?.conditions?.find(({ type }) => type === 'Ready');
  const [first] = problems;
  if (first === undefined || known?.reason === first.reason) return;
  events.record(object, 'Warning', first.reason, problemText(problems));
}
