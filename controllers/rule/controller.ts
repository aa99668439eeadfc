/**
 * In: Rule objects. Out: nothing but order: a Rule that does not count, or whose owner is gone, is reported and removed.
 * Watches Rules and every kind that may own one. What a live owner holds is that owner's controller's affair: only that
 * one knows whether a Rule in the owner's name was forged.
 *
 * With `--keep-unowned-rules` hand-made Rules stay (during a migration, say); their status then tells that they do not count.
 */
import { grants } from '../../api/auth/grant.ts';
import { groups } from '../../api/auth/group.ts';
import { localGroups } from '../../api/auth/local-group.ts';
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { roles } from '../../api/auth/role.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Owner } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { setCondition } from '../../runtime/loop/conditions.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { patchStatus } from '../../runtime/loop/patch-status.ts';
import { type ProcessAccess, READ } from '../../runtime/process/access.ts';

/** The kinds that may own Rules, by name. */
export const OWNERS: readonly Resource[] = [policies, roles, groups, localGroups, projectPolicyBindings, grants];

export const ruleAccess: ProcessAccess = {
  name: PROCESS_NAMES.rule,
  leaderElection: true,
  access: [
    { group: rules.group, resource: rules.plural, verbs: [...READ, 'delete'] },
    { group: rules.group, resource: `${rules.plural}/status`, verbs: ['patch'] },
    ...OWNERS.map(({ group, plural }) => ({ group, resource: plural, verbs: [...READ, 'get'] })),
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
};

export interface RuleTools {
  readonly client: Client;
  readonly events: Pick<EventRecorder, 'record'>;
  readonly rules: Store<Rule>;
  /** The cache of an owner kind. */
  readonly ownersOf: (resource: Resource) => Store<KubeObject>;
  readonly keepUnowned: boolean;
  readonly now: () => number;
}

/** What is wrong with a Rule, and what is done about it. */
export interface Repair {
  readonly verb: 'remove' | 'mark';
  readonly reason: string;
  readonly message: string;
}

/** Checks one Rule. */
export async function reconcileRule(name: string, tools: RuleTools): Promise<Outcome> {
  const rule = tools.rules.get(name);
  const repair = rule === undefined ? undefined : await repairOf(rule, tools);
  if (rule !== undefined && repair !== undefined) await (repair.verb === 'mark' ? mark : remove)(rule, repair, tools);
  return {};
}

/** What a Rule needs, or undefined when it is in order. Writes nothing. */
export async function repairOf(
  rule: Rule,
  tools: Pick<RuleTools, 'client' | 'ownersOf' | 'keepUnowned'>,
): Promise<Repair | undefined> {
  if (rule.metadata.deletionTimestamp !== undefined) return undefined;
  const trust = trustRule(rule);
  if (!trust.honoured) {
    const { reason, message } = trust;
    if (!tools.keepUnowned) return { verb: 'remove', reason, message };
    const marked =
      rule.status?.conditions?.some((condition) => condition.type === 'Honoured' && condition.reason === reason) ===
      true;
    return marked ? undefined : { verb: 'mark', reason, message };
  }
  if (await ownerLives(trust.owner, tools)) return undefined;
  return {
    verb: 'remove',
    reason: 'OwnerGone',
    message: `${trust.owner.kind} ${trust.owner.name}, which owned this Rule, no longer exists`,
  };
}

/** Asks the API server itself before it believes that an owner is gone: the cache may only not have heard of it yet. */
async function ownerLives(owner: Owner, tools: Pick<RuleTools, 'client' | 'ownersOf'>): Promise<boolean> {
  const resource = OWNERS.find(({ kind }) => kind === owner.kind);
  if (resource === undefined) return false;
  if (tools.ownersOf(resource).get(owner.name) !== undefined) return true;
  return (await tools.client.get(resource, { name: owner.name })) !== undefined;
}

async function remove(rule: Rule, { reason, message }: Repair, tools: RuleTools): Promise<void> {
  const { uid, resourceVersion } = rule.metadata;
  // What was judged is this version: the owner may have put the Rule right since, and another look is taken then.
  await tools.client.delete(rules, rule.metadata, {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  });
  tools.events.record(rule, 'Warning', reason, `removed: ${message}`);
}

async function mark(rule: Rule, { reason, message }: Repair, tools: RuleTools): Promise<void> {
  const before = rule.status?.conditions ?? [];
  const honoured = { type: 'Honoured', status: 'False' as const, reason, message };
  const conditions = setCondition(before, honoured, new Date(tools.now()).toISOString());
  if (before.find((condition) => condition.type === 'Honoured')?.reason !== reason) {
    tools.events.record(rule, 'Warning', reason, `kept but not honoured: ${message}`);
  }
  await patchStatus(tools.client, rules, rule, { conditions });
}
