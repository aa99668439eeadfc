/**
 * Policy → a `p` Rule for each action on each resource, and a `g` Rule for each user and group of a policy of platform
 * scope. Watches Policies and its own Rules. A deleted Policy loses its `p` Rules at once, and goes when no binding,
 * grant or role leads to it. Pure.
 */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { policyNode } from '../../authorization/rules/node-name.ts';
import type { OwnerController, RuleOwner } from '../rule-owner/owner.ts';
import { gatherPolicy } from './gather.ts';
import { translatePolicy } from './translate.ts';

const policyOwner: RuleOwner<Policy> = {
  resource: policies,
  references: [],
  translate: (policy) => translatePolicy(gatherPolicy(policy)),
  nodeName: (policy) => policyNode(policy.metadata.name),
};

export const policyController: OwnerController = { name: PROCESS_NAMES.policy, owners: [policyOwner] };
