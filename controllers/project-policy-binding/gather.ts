/** ProjectPolicyBinding and the objects that it refers to → the input of its translator. */
import type { ProjectPolicyBinding } from '../../api/auth/project-policy-binding.ts';
import { findPolicies, tenantOfProject } from '../rule-owner/find-references.ts';
import type { Stores } from '../rule-owner/owner.ts';
import type { ProjectPolicyBindingInput } from './translate.ts';

export function gatherProjectPolicyBinding({ spec }: ProjectPolicyBinding, stores: Stores): ProjectPolicyBindingInput {
  return {
    tenantID: spec.tenantID,
    projectID: spec.projectID,
    projectTenant: tenantOfProject(spec.projectID, stores),
    policies: findPolicies([spec.policyID], stores),
    users: spec.users,
    groups: spec.groups,
  };
}
