/** ProjectPolicyBinding → lines: an edge from each user and group to the policy, in the project of the binding. */
import { policyNode } from '../../authorization/rules/node-name.ts';
import {
  type Found,
  isProject,
  type ProjectTenant,
  projectProblem,
  resolveReferences,
} from '../rule-owner/references.ts';
import { edges, resolveSubjects, type SubjectLists, type Translation } from '../rule-owner/translation.ts';

export interface ProjectPolicyBindingInput extends SubjectLists {
  readonly tenantID: string;
  readonly projectID: string;
  readonly projectTenant: ProjectTenant;
  readonly policies: readonly Found[];
}

export function translateProjectPolicyBinding(binding: ProjectPolicyBindingInput): Translation {
  const subjects = resolveSubjects(binding.tenantID, binding);
  const policies = resolveReferences('Policy', binding.tenantID, binding.policies);
  const foreign = projectProblem(binding.tenantID, binding.projectID, binding.projectTenant);
  const usable = foreign.length > 0 || !isProject(binding.projectID) ? [] : policies.usable;
  return {
    lines: usable.flatMap((policy) => edges(subjects.nodes, policyNode(policy.name), binding.projectID)),
    problems: [...foreign, ...policies.problems, ...subjects.problems],
    users: subjects.users,
    groups: subjects.groups,
  };
}
