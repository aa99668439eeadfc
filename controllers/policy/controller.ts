/**
 * In: Policy objects. Out: a `p` Rule for each action on each resource, and `g` Rules for the users and groups of a
 * policy of platform scope. Watches Policies and its own Rules. A policy that is deleted loses its `p` Rules at once
 * and goes when no binding, grant or role leads to it any more.
 */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { policyNode } from '../../authorization/rules/node-name.ts';
import { ownerPart, ownerProcess } from '../rule-owner/process.ts';
import { gatherPolicy } from './gather.ts';
import { translatePolicy } from './translate.ts';

export const policyProcess = ownerProcess(PROCESS_NAMES.policy, [
  ownerPart<Policy>({
    resource: policies,
    references: [],
    translate: (policy) => translatePolicy(gatherPolicy(policy)),
    nodeName: (policy) => policyNode(policy.metadata.name),
  }),
]);
