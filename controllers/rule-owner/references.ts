/**
 * The policies, roles and projects that an object refers to, and which of them a translator may use. A reference never
 * crosses tenants. An object that is being deleted counts as missing, so that the last Rules that lead to it go. Pure.
 */
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import type { Problem } from './translation.ts';

/** The part of a policy or role that translators need. */
export interface Referenced {
  readonly name: string;
  readonly tenantID: string;
  /** The scope of a policy: one of scope `project` is never bound everywhere. */
  readonly scope?: string | undefined;
  /** The project of a role; empty for none. */
  readonly projectID?: string | undefined;
}

export interface Found {
  readonly name: string;
  readonly target: Referenced | undefined;
}

/** The tenant of a Project; undefined when no Project of that name exists. */
export type ProjectTenant = string | undefined;

export interface Resolved {
  readonly usable: readonly Referenced[];
  readonly problems: readonly Problem[];
}

/** Splits references of one kind into the ones that `tenant` may use, and the problems with the others. */
export function resolveReferences(kind: 'Policy' | 'Role', tenant: string, found: readonly Found[]): Resolved {
  const usable: Referenced[] = [];
  const problems: Problem[] = [];
  for (const { name, target } of found) {
    if (target === undefined) {
      problems.push({
        reason: kind === 'Policy' ? 'PolicyNotFound' : 'RoleNotFound',
        message: `${kind} ${name} does not exist`,
        missing: { kind, name },
      });
    } else if (target.tenantID !== tenant) {
      problems.push({ reason: 'TenantMismatch', message: `${kind} ${name} does not belong to tenant ${tenant}` });
    } else usable.push(target);
  }
  return { usable, problems };
}

/** Whether a text names a project. An empty text and `*` mean everywhere. */
export function isProject(project: string): boolean {
  return project !== '' && project !== EVERYWHERE;
}

/** The problem with a project of another tenant. A project that does not exist is no problem: it owns no namespaces. */
export function projectProblem(tenant: string, project: string, owner: ProjectTenant): Problem[] {
  if (project === EVERYWHERE) return [{ reason: 'ScopeMismatch', message: '* does not name a project' }];
  if (project === '' || owner === undefined || owner === tenant) return [];
  return [{ reason: 'TenantMismatch', message: `Project ${project} does not belong to tenant ${tenant}` }];
}
