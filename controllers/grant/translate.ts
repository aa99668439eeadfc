/**
 * Grant → lines: an edge from each user and group to each policy and role, in the project of the grant or everywhere, until
 * its end. The lines carry the end, and each decision compares it with the clock. So a grant ends on time even when no
 * controller runs.
 */
import { policyNode, roleNode } from '../../authorization/rules/node-name.ts';
import {
  type Found,
  isProject,
  type ProjectTenant,
  projectProblem,
  type Referenced,
  resolveReferences,
} from '../rule-owner/references.ts';
import {
  edges,
  type Problem,
  resolveSubjects,
  type SubjectLists,
  type Translation,
} from '../rule-owner/translation.ts';

export interface GrantInput extends SubjectLists {
  readonly tenantID: string;
  readonly scope: string;
  /** Empty exactly when the scope is platform: the grant then holds everywhere. */
  readonly projectID: string;
  readonly projectTenant: ProjectTenant;
  readonly policies: readonly Found[];
  readonly roles: readonly Found[];
  readonly notAfter?: string | undefined;
}

export function translateGrant(grant: GrantInput): Translation {
  const unclear = scopeProblem(grant);
  if (unclear !== undefined) return { lines: [], problems: [unclear], users: [], groups: [] };
  const subjects = resolveSubjects(grant.tenantID, grant);
  const policies = resolveReferences('Policy', grant.tenantID, grant.policies);
  const roles = resolveReferences('Role', grant.tenantID, grant.roles);
  const foreign = projectProblem(grant.tenantID, grant.projectID, grant.projectTenant);
  const misplaced = [
    ...policies.usable.flatMap((policy) => policyScopeProblem(policy, grant.projectID)),
    ...roles.usable.flatMap((role) => roleScopeProblem(role, grant.projectID)),
  ];
  const held = new Set(misplaced.map(({ node }) => node));
  const targets = [...policies.usable.map((p) => policyNode(p.name)), ...roles.usable.map((r) => roleNode(r.name))];
  const bound = foreign.length > 0 ? [] : targets.filter((node) => !held.has(node));
  return {
    lines: bound.flatMap((node) => edges(subjects.nodes, node, grant.projectID, grant.notAfter)),
    problems: [
      ...foreign,
      ...policies.problems,
      ...roles.problems,
      ...misplaced.map(({ problem }) => problem),
      ...subjects.problems,
    ],
    users: subjects.users,
    groups: subjects.groups,
  };
}

/** Admission refuses these. A grant that got past it must still not hold everywhere because its project is missing. */
function scopeProblem({ scope, projectID }: GrantInput): Problem | undefined {
  if (scope === 'platform' && projectID === '') return undefined;
  if (scope === 'project' && isProject(projectID)) return undefined;
  return {
    reason: 'ScopeMismatch',
    message: `scope ${JSON.stringify(scope)} and project ${JSON.stringify(projectID)} contradict each other`,
  };
}

interface Misplaced {
  readonly node: string;
  readonly problem: Problem;
}

/** A policy of scope project is never granted everywhere: its author relied on the limits of a project. */
function policyScopeProblem(policy: Referenced, project: string): Misplaced[] {
  if (policy.scope !== 'project' || project !== '') return [];
  const message = `Policy ${policy.name} has scope project and cannot be granted everywhere: give the grant a project`;
  return [{ node: policyNode(policy.name), problem: { reason: 'ScopeMismatch', message } }];
}

/** A role's edges to its policies count in its own project only, so a grant in another project would have no effect. */
function roleScopeProblem(role: Referenced, project: string): Misplaced[] {
  const home = role.projectID ?? '';
  if (home === '' || home === project) return [];
  const message = `Role ${role.name} belongs to project ${home}: grant it in that project`;
  return [{ node: roleNode(role.name), problem: { reason: 'ScopeMismatch', message } }];
}
