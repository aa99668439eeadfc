/**
 * In: ProjectPolicyBinding objects, and the Policy and Project that they name. Out: `g` Rules from the users and groups
 * of a binding to its policy, in its project. Watches ProjectPolicyBindings, Policies, Projects and its own Rules.
 */
import { policies } from '../../api/auth/policy.ts';
import { type ProjectPolicyBinding, projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { ownerPart, ownerProcess } from '../rule-owner/process.ts';
import { gatherProjectPolicyBinding } from './gather.ts';
import { translateProjectPolicyBinding } from './translate.ts';

export const projectPolicyBindingProcess = ownerProcess(PROCESS_NAMES.projectPolicyBinding, [
  ownerPart<ProjectPolicyBinding>({
    resource: projectPolicyBindings,
    references: [
      { resource: policies, names: (binding) => [binding.spec.policyID] },
      { resource: projects, names: (binding) => [binding.spec.projectID] },
    ],
    translate: (binding, stores) => translateProjectPolicyBinding(gatherProjectPolicyBinding(binding, stores)),
  }),
]);
