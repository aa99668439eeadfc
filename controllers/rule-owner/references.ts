/**
 * The policies, roles and projects that an object refers to: what a gatherer looks up, and which of them a translator
 * may use. A reference never crosses tenants, and what is being deleted counts as gone, so that its last Rules can go. Pure.
 */
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import type { Problem } from './translation.ts';

/** A policy or role that was found, as far as translators need it. */
export interface Referenced {
  readonly name: string;
  readonly tenantID: string;
  /** For a policy: whether it may be bound everywhere. */
  readonly scope?: string | undefined;
  /** For a role: the project it belongs to; empty for none. */
  readonly projectID?: string | undefined;
}

export interface Found {
  readonly name: string;
  readonly target: Referenced | undefined;
}

/** A project as it is known on the hub; undefined when no Project object of that name exists. */
export type ProjectTenant = string | undefined;

export interface Resolved {
  readonly usable: readonly Referenced[];
  readonly problems: readonly Problem[];
}

/** Splits references of one kind into those that `tenant` may use and the problems with the others. */
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

/** Whether a text can be a project: the empty one and `*` would mean everywhere. */
export function isProject(project: string): boolean {
  return project !== '' && project !== EVERYWHERE;
}

/** The problem with a project that another tenant owns. A project without an object of its own is no problem: nothing lies in it. */
export function projectProblem(tenant: string, project: string, owner: ProjectTenant): Problem[] {
  if (project === EVERYWHERE) return [{ reason: 'ScopeMismatch', message: '* is no project' }];
  if (project === '' || owner === undefined || owner === tenant) return [];
  return [{ reason: 'TenantMismatch', message: `Project ${project} does not belong to tenant ${tenant}` }];
}
