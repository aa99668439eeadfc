/**
 * Role → lines: an edge from each of its users and groups to the role, and from the role to each of its policies, in the
 * project of the role or everywhere. A policy that is bound through a role holds where the role holds.
 */
import { policyNode, roleNode } from '../../authorization/rules/node-name.ts';
import { type Found, type ProjectTenant, projectProblem, resolveReferences } from '../rule-owner/references.ts';
import { edges, resolveSubjects, type SubjectLists, type Translation } from '../rule-owner/translation.ts';

export interface RoleInput extends SubjectLists {
  readonly name: string;
  readonly tenantID: string;
  readonly projectID: string;
  readonly projectTenant: ProjectTenant;
  readonly policies: readonly Found[];
}

export function translateRole(role: RoleInput): Translation {
  const node = roleNode(role.name);
  const subjects = resolveSubjects(role.tenantID, role);
  const policies = resolveReferences('Policy', role.tenantID, role.policies);
  const foreign = projectProblem(role.tenantID, role.projectID, role.projectTenant);
  const problems = [...foreign, ...policies.problems, ...subjects.problems];
  const lines =
    foreign.length > 0
      ? []
      : [
          ...edges(subjects.nodes, node, role.projectID),
          ...policies.usable.flatMap((policy) => edges([node], policyNode(policy.name), role.projectID)),
        ];
  return { lines, problems, users: subjects.users, groups: subjects.groups };
}
