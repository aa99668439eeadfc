/**
 * The reasons in the conditions and events of the kinds that own Rules, and of Rules. Code takes a reason by its type, so
 * the compiler finds one that is not registered. docs/reference/conditions.md is generated from these registries. Pure.
 */
import type { ReasonDoc } from '../schema/reason.ts';

type Reasons = Readonly<Record<string, ReasonDoc>>;

const NOTHING = 'Nothing.';

/** Problems in the object itself or with what it refers to. The rest of the object takes effect, unless stated otherwise. */
const PROBLEM_REASONS = {
  PolicyNotFound: {
    meaning: 'The object refers to a Policy that does not exist, or that is being deleted.',
    action:
      'Create the Policy, or remove the reference. The object recovers without further change. `status.missing` lists what is missing.',
  },
  RoleNotFound: {
    meaning: 'The object refers to a Role that does not exist, or that is being deleted.',
    action:
      'Create the Role, or remove the reference. The object recovers without further change. `status.missing` lists what is missing.',
  },
  TenantMismatch: {
    meaning:
      'The object refers to a Policy, Role or Project of another tenant. A foreign Policy or Role has no Rule; with a foreign Project the whole object has none.',
    action: 'Refer to objects of the same tenant only.',
  },
  ScopeMismatch: {
    meaning:
      'What the object refers to cannot be granted where the object applies: a Policy of scope project outside of a project, or a Role outside of its own project.',
    action: 'Grant it in the project that the message names, or name a project.',
  },
  InvalidSubject: {
    meaning:
      'The name of a user or group contains `##`, a line break or another control character, or is empty. That subject has no Rule.',
    action: 'Correct the name of the subject.',
  },
  TooManyLines: {
    meaning: 'The Policy has more than 10,000 combinations of an action and a resource. It has no Rules at all.',
    action: 'Use patterns, or split the Policy.',
  },
} as const satisfies Reasons;

/** What keeps the controller from completing its work. It retries. */
const WAITING_REASONS = {
  ReferenceChanged: {
    meaning:
      'A Policy or Role was deleted or recreated a moment ago, and the cache of the controller does not show it yet.',
    action: 'Nothing. If the reason stays for more than two minutes, check the controller.',
  },
  Propagating: {
    meaning:
      'The object takes a right away, and not every live authorizer replica has applied that yet. The message names the replicas that are behind.',
    action:
      'Wait. A replica that does not answer counts as dead when its Lease expires (`--max-staleness`, 60 s by default). If the reason stays longer, check the authorizer.',
  },
  Terminating: {
    meaning:
      'The object is being deleted, and Rules of other objects still lead to it. The message names those objects.',
    action: 'Remove the references to it from those objects, or delete them.',
  },
} as const satisfies Reasons;

/** Every reason of a Policy, Role, Group, LocalGroup, ProjectPolicyBinding or Grant. */
export const OWNER_REASONS = {
  Translated: {
    meaning: 'All Rules of the object are written. What the object took away is gone on every live authorizer replica.',
    action: NOTHING,
  },
  Expired: {
    meaning: 'The Grant has ended. Its Rules no longer count; refusals say that the Grant has ended.',
    action: 'Extend `spec.notAfter`, or delete the Grant.',
  },
  ...PROBLEM_REASONS,
  ...WAITING_REASONS,
  WriteFailed: {
    meaning: 'The API server refused to create or delete a Rule of the object.',
    action:
      'Read the message. The controller retries; a refusal by RBAC or by an admission policy needs an administrator.',
  },
  RulesWritten: { meaning: 'The controller created or deleted Rules because the object changed.', action: NOTHING },
  RulesRepaired: {
    meaning: 'Rules of the object were changed, deleted or forged by someone else, and the controller repaired them.',
    action: 'Find out who writes Rules: only the controllers should. The audit log of the hub names the user.',
  },
} as const satisfies Reasons;

/** Every reason of a Rule. */
export const RULE_REASONS = {
  NoOwner: {
    meaning:
      'No object owns the Rule: it was created by hand, or its owner reference or labels were removed. It has no effect.',
    action: 'Create a Policy, Role, Group, ProjectPolicyBinding or Grant instead.',
  },
  NotALine: { meaning: 'The values of the Rule do not form a Casbin line. It has no effect.', action: NOTHING },
  NameMismatch: {
    meaning: 'The name of the Rule is not the digest of its owner and its values: they were changed. It has no effect.',
    action: 'Nothing. The controller of the owner creates the right Rule.',
  },
  OwnerGone: { meaning: 'The owner of the Rule no longer exists. The Rule is removed.', action: NOTHING },
} as const satisfies Reasons;

/** Why an object is not fully in force. */
export type ProblemReason = keyof typeof PROBLEM_REASONS;

/** What the controller waits for. */
export type WaitingReason = keyof typeof WAITING_REASONS;

export type OwnerReason = keyof typeof OWNER_REASONS;

export type RuleReason = keyof typeof RULE_REASONS;
