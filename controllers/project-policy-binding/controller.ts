/**
 * ProjectPolicyBinding → a `g` Rule from each of its users and groups to its policy, in its project. Watches
 * ProjectPolicyBindings, the Policies and Projects that they name, and its own Rules. Pure.
 */
import { policies } from '../../api/auth/policy.ts';
import { type ProjectPolicyBinding, projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { OwnerController, RuleOwner } from '../rule-owner/owner.ts';
import { gatherProjectPolicyBinding } from './gather.ts';
import { translateProjectPolicyBinding } from './translate.ts';

const projectPolicyBindingOwner: RuleOwner<ProjectPolicyBinding> = {
  resource: projectPolicyBindings,
  references: [
    { resource: policies, names: (binding) => [binding.spec.policyID] },
    { resource: projects, names: (binding) => [binding.spec.projectID] },
  ],
  translate: (binding, stores) => translateProjectPolicyBinding(gatherProjectPolicyBinding(binding, stores)),
};

export const projectPolicyBindingController: OwnerController = {
  name: PROCESS_NAMES.projectPolicyBinding,
  owners: [projectPolicyBindingOwner],
};
