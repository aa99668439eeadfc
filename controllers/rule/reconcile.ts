/**
 * Repairs one Rule. A Rule that does not count, or whose owner is gone, is removed with an Event. With
 * `--keep-unowned-rules` a Rule that does not count stays (during a migration, for example), and its status says so.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import type { RuleReason } from '../../api/auth/reasons.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Owner } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { setCondition } from '../../runtime/loop/conditions.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import { patchStatus } from '../../runtime/loop/patch-status.ts';

export interface RuleTools {
  readonly client: Client;
  readonly events: { record(rule: Rule, type: 'Warning', reason: RuleReason, message: string): void };
  readonly rules: Store<Rule>;
  /** The cache of a kind that owns Rules. */
  readonly ownersOf: (resource: Resource) => Store<KubeObject>;
  readonly keepUnowned: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is wrong with a Rule, and what the controller does about it. */
export interface Repair {
  readonly verb: 'remove' | 'mark';
  readonly reason: RuleReason;
  readonly message: string;
}

/** Checks one Rule, and removes or marks it if needed. */
export async function reconcileRule(name: string, tools: RuleTools): Promise<Outcome> {
  const rule = tools.rules.get(name);
  const repair = rule === undefined ? undefined : await repairOf(rule, tools);
  if (rule !== undefined && repair !== undefined) await (repair.verb === 'mark' ? mark : remove)(rule, repair, tools);
  return {};
}

/** The repair that a Rule needs; undefined when it needs none. Writes nothing. */
export async function repairOf(
  rule: Rule,
  tools: Pick<RuleTools, 'client' | 'ownersOf' | 'keepUnowned'>,
): Promise<Repair | undefined> {
  if (rule.metadata.deletionTimestamp !== undefined) return undefined;
  const trust = trustRule(rule);
  if (!trust.honoured) {
    const { reason, message } = trust;
    if (!tools.keepUnowned) return { verb: 'remove', reason, message };
    return isMarked(rule, reason) ? undefined : { verb: 'mark', reason, message };
  }
  if (await ownerExists(trust.owner, tools)) return undefined;
  const { kind, name } = trust.owner;
  return { verb: 'remove', reason: 'OwnerGone', message: `${kind} ${name}, which owned this Rule, no longer exists` };
}

/** Asks the API server before it concludes that an owner is gone: the cache may lag behind a new owner. */
async function ownerExists(owner: Owner, tools: Pick<RuleTools, 'client' | 'ownersOf'>): Promise<boolean> {
  const resource: Resource | undefined = OWNER_KINDS.find(({ kind }) => kind === owner.kind);
  if (resource === undefined) return false;
  if (tools.ownersOf(resource).get(owner.name) !== undefined) return true;
  return (await tools.client.get(resource, { name: owner.name })) !== undefined;
}

async function remove(rule: Rule, { reason, message }: Repair, tools: RuleTools): Promise<void> {
  const { uid, resourceVersion } = rule.metadata;
  // Only the version that was checked: if its owner has repaired the Rule since, this is a conflict and a new check.
  await tools.client.delete(rules, rule.metadata, {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  });
  tools.events.record(rule, 'Warning', reason, `removed: ${message}`);
}

async function mark(rule: Rule, { reason, message }: Repair, tools: RuleTools): Promise<void> {
  const honoured = { type: 'Honoured', status: 'False' as const, reason, message };
  const conditions = setCondition(rule.status?.conditions ?? [], honoured, new Date(tools.now()).toISOString());
  if (!isMarked(rule, reason)) tools.events.record(rule, 'Warning', reason, `kept but not honoured: ${message}`);
  await patchStatus(tools.client, rules, rule, { conditions });
}

function isMarked({ status }: Rule, reason: RuleReason): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Honoured' && condition.reason === reason) === true;
}
