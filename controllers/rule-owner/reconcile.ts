/**
 * Objects in, Rules out: the one loop body of every kind that owns Rules.
 *
 * The input is a key, never an event. It reads the object, translates it, compares with the Rules that the object has,
 * writes the difference in the safe order, and says in the status how it went. A finalizer is set before the first Rule
 * exists and goes after the last one went, so nobody sees an owner vanish while its rights still hold.
 */
import { type Rule, rules } from '../../api/auth/rule.ts';
import { type Classify, classifyBy } from '../../authorization/rules/diff-rules.ts';
import type { Effect } from '../../authorization/rules/line.ts';
import { lineOf } from '../../authorization/rules/line.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import { type Owner, type RuleObject } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Replicas } from '../../runtime/election/replicas.ts';
import { ApiError, isConflict, WaitingError } from '../../runtime/errors.ts';
import type { Writes } from '../../runtime/loop/bounded-writes.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { ensureFinalizer, removeFinalizer } from '../../runtime/loop/finalizer.ts';
import { changesOf, patchStatus } from '../../runtime/loop/patch-status.ts';
import { type Applied, type ApplyOptions, applyRules } from './apply-rules.ts';
import { desiredRules } from './desired-rules.ts';
import type { OwnRules } from './own-rules.ts';
import { identityOf, type OwnerObject, type OwnerStatus, ownerKey, type RuleOwner, type Stores } from './owner.ts';
import { failedStatus, type Standing, statusOf, terminatingStatus } from './status-of.ts';
import { newTargets, type Targets } from './targets.ts';

/** Keeps the owner until its Rules are gone. */
export const RULES_FINALIZER = 'auth.tkestack.io/rules';

/** Looking for what leads to an object makes the server go through all Rules, so it is done less and less often. */
const LET_GO_RETRY_MS = { least: 1_000, most: 30_000 };
const IN_FORCE_RETRY_MS = 2_000;
const LOOK_AGAIN_MS = 2_000;
/** What takes no longer is not worth a change of the status. */
const TELL_AFTER_MS = 2_000;

export interface OwnerTools {
  readonly client: Client;
  readonly writes: Writes;
  readonly events: EventRecorder;
  readonly stores: Stores;
  readonly ownRules: OwnRules;
  /** What edges lead to, as the server has it. */
  readonly targets: Pick<Targets, 'changed'>;
  /** The replicas that decide by the Rules. */
  readonly replicas: Pick<Replicas, 'behind'>;
  /** The effect of the policy that a node stands for; undefined for anything else. */
  readonly effectOf: (node: string) => Effect | undefined;
  readonly now: () => number;
}

/** Brings the Rules and the status of one object up to date. Throws what the loop retries. */
export async function reconcileOwner<T extends OwnerObject>(
  owner: RuleOwner<T>,
  key: string,
  tools: OwnerTools,
): Promise<Outcome> {
  const object = tools.stores.of(owner.resource).get(key);
  if (object === undefined) {
    tools.ownRules.forget(ownerKey({ kind: owner.resource.kind, name: key }));
    return {};
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    await release(owner, object, tools);
    return {};
  }
  const held = await ensureFinalizer(tools.client, owner.resource, object, RULES_FINALIZER);
  const identity = identityOf(held);
  const translation = owner.translate(object, tools.stores);
  const desired = desiredRules(held, translation);
  try {
    await bringUpToDate(owner, held, desired, tools);
  } catch (error) {
    await tellFailure(owner, object, error, tools);
    throw error;
  }
  const standing = { rules: desired.length, endsAtMs: owner.endsAtMs?.(object), nowMs: tools.now() };
  const status = statusOf(object, translation, standing);
  if (saysMore(status, object)) tools.ownRules.suspect(ownerKey(identity));
  await untilInForce(owner, object, tools);
  announce(object, status, tools);
  await patchStatus(tools.client, owner.resource, object, status);
  return untilEnd(standing);
}

/** Makes the Rules of an object the wanted ones, but for those that lead to what the server no longer has as the cache does. */
async function bringUpToDate<T extends OwnerObject>(
  owner: RuleOwner<T>,
  object: T,
  wanted: readonly RuleObject[],
  tools: OwnerTools,
): Promise<void> {
  const identity = identityOf(object);
  const existing = tools.ownRules.of(ownerKey(identity));
  const changed = await tools.targets.changed(newTargets(existing, wanted, owner.nodeName?.(object)));
  const desired = wanted.filter(({ spec }) => spec.ptype === 'p' || !changed.has(spec.v1));
  const applied = await applyRules(existing, desired, applyOptions(identity, tools));
  if (
    tools.ownRules.settle(
      ownerKey(identity),
      desired.map(({ metadata }) => metadata.name),
    )
  )
    reportRepair(object, applied, tools);
  else report(object, applied, tools);
  if (changed.size > 0) await waitForCache(owner, object, changed, tools);
}

/** No status is right while the cache is older than what the server says: the next look, or what the watch brings, decides. */
async function waitForCache<T extends OwnerObject>(
  owner: RuleOwner<T>,
  object: T,
  changed: ReadonlySet<string>,
  tools: OwnerTools,
): Promise<never> {
  const names = [...changed]
    .map(readNode)
    .map(({ kind, name }) => `${kind === 'role' ? 'Role' : 'Policy'} ${name}`)
    .sort();
  const message = `waits to see what became of ${names.slice(0, 5).join(', ')}, deleted or made anew a moment ago`;
  await patchStatus(
    tools.client,
    owner.resource,
    object,
    failedStatus(object, 'ReferenceChanged', message, tools.now()),
  );
  throw new WaitingError('ReferenceChanged', message, LOOK_AGAIN_MS);
}

/** Says in the status what the API server refused. What passes by itself, a conflict or a lost connection, is not worth a change. */
async function tellFailure<T extends OwnerObject>(
  owner: RuleOwner<T>,
  object: T,
  error: unknown,
  tools: OwnerTools,
): Promise<void> {
  if (!(error instanceof ApiError) || isConflict(error) || error.status === 429) return;
  const status = failedStatus(object, 'WriteFailed', `the Rules could not be written: ${error.message}`, tools.now());
  // Should this fail as well, the first error is still the one that tells more.
  await patchStatus(tools.client, owner.resource, object, status).catch(() => undefined);
}

/** Removes the Rules of an object that is being deleted, waits until nobody else's lead to it, and lets it go. */
async function release<T extends OwnerObject>(owner: RuleOwner<T>, object: T, tools: OwnerTools): Promise<void> {
  if (!(object.metadata.finalizers ?? []).includes(RULES_FINALIZER)) return;
  const identity = identityOf(object);
  const key = ownerKey(identity);
  report(object, await applyRules(tools.ownRules.of(key), [], applyOptions(identity, tools)), tools);
  // Nothing was removed: then a process before may have done it.
  tools.ownRules.suspect(key);
  const node = owner.nodeName?.(object);
  const holders = node === undefined ? [] : await holdersOf(node, identity, tools.client);
  if (holders.length > 0) {
    const waitsFor = `waits until these no longer refer to it: ${holders.slice(0, 5).join(', ')}`;
    await patchStatus(tools.client, owner.resource, object, terminatingStatus(object, waitsFor, tools.now()));
    throw new WaitingError('Terminating', waitsFor, lookAgainMs(object, tools.now()));
  }
  await untilInForce(owner, object, tools);
  await removeFinalizer(tools.client, owner.resource, object, RULES_FINALIZER);
}

/** Half as long again as it has waited. */
function lookAgainMs({ metadata }: OwnerObject, nowMs: number): number {
  const waitedMs = nowMs - Date.parse(metadata.deletionTimestamp ?? '');
  return Math.min(Math.max(waitedMs / 2 || 0, LET_GO_RETRY_MS.least), LET_GO_RETRY_MS.most);
}

/**
 * Whether a status would tell people more than the one before: what it tells may have been done by a process before, for
 * a change of the object or of what it refers to. An object without a status was never said to be in force.
 */
function saysMore(status: OwnerStatus, object: OwnerObject): boolean {
  return (object.status?.observedGeneration ?? undefined) !== undefined && changesOf(object, status).length > 0;
}

/**
 * Throws WaitingError until every live replica of the authorizer decides by what was taken away from this owner's Rules.
 * Only then may its status call them in force, or its finalizer go: what a person reads there, no replica contradicts.
 */
async function untilInForce<T extends OwnerObject>(owner: RuleOwner<T>, object: T, tools: OwnerTools): Promise<void> {
  const key = ownerKey(identityOf(object));
  const restriction = tools.ownRules.restriction(key);
  if (restriction === undefined) return;
  const behind = restriction.open > 0 ? [] : await tools.replicas.behind(restriction.version);
  if (restriction.open === 0 && behind.length === 0 && tools.ownRules.acknowledge(key, restriction)) return;
  const ageMs = tools.now() - restriction.sinceMs;
  const message = `waits until the authorizer decides by it everywhere${behind.length === 0 ? '' : `; not yet: ${behind.join(', ')}`}`;
  if (ageMs > TELL_AFTER_MS) {
    const status = failedStatus(object, 'Propagating', message, tools.now());
    await patchStatus(tools.client, owner.resource, object, status);
  }
  throw new WaitingError('Propagating', message, Math.min(Math.max(ageMs / 2, 50), IN_FORCE_RETRY_MS));
}

/**
 * The owners of Rules that still lead to `node`. Were it to go before them, a new object of that name, perhaps another
 * tenant's, would fall into their hands for as long as their controllers take to notice.
 */
async function holdersOf(node: string, self: Owner, client: Client): Promise<string[]> {
  const leading = await client.list(rules, { fieldSelector: `spec.v1=${node}` });
  const owners = leading.map(trustRule).flatMap((trust) => (trust.honoured ? [trust.owner] : []));
  const others = owners.filter((other) => other.kind !== self.kind || other.name !== self.name);
  return [...new Set(others.map((other) => `${other.kind} ${other.name}`))].sort();
}

function applyOptions(owner: Owner, tools: OwnerTools): ApplyOptions {
  const { client, writes, ownRules } = tools;
  const classify = classifyBy(tools.effectOf);
  const key = ownerKey(owner);
  return {
    client,
    writes,
    owner,
    classify,
    wrote: (rule) => ownRules.wrote(key, rule, restricts(rule, classify)),
    removed: (rule) => ownRules.removed(key, rule),
  };
}

/** Whether a Rule can take something away from someone: a denial, or an edge that may lead to one. */
function restricts({ spec }: Rule, classify: Classify): boolean {
  const line = lineOf(spec);
  return line !== undefined && classify(line) !== 'allow';
}

function report(object: OwnerObject, { created, removed }: Applied, tools: OwnerTools): void {
  if (created + removed === 0) return;
  tools.events.record(object, 'Normal', 'RulesWritten', `Rules created: ${created}, removed: ${removed}`);
}

/** The object has not changed, and what it refers to has not; so somebody has touched its Rules. */
function reportRepair(object: OwnerObject, { created, removed, takenOver }: Applied, tools: OwnerTools): void {
  if (created + removed + takenOver === 0) return;
  const message = `somebody else changed its Rules; put right: ${created} missing, ${removed} too many, ${takenOver} that named another owner`;
  tools.events.record(object, 'Warning', 'RulesRepaired', message);
}

/** An event when the state changed, not each time that it is found the same. */
function announce(object: OwnerObject, status: OwnerStatus, tools: OwnerTools): void {
  const before = object.status?.conditions?.find((condition) => condition.type === 'Ready');
  const after = status.conditions?.find((condition) => condition.type === 'Ready');
  if (after === undefined || after.status === 'True' || before?.reason === after.reason) return;
  tools.events.record(object, 'Warning', after.reason, after.message);
}

function untilEnd({ endsAtMs, nowMs }: Standing): Outcome {
  return endsAtMs === undefined || Number.isNaN(endsAtMs) || endsAtMs <= nowMs
    ? {}
    : { requeueAfterMs: endsAtMs - nowMs };
}
