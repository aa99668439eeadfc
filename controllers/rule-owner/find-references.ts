/** Finds what an object refers to. An object that is being deleted counts as missing. Pure. */
import { policies } from '../../api/auth/policy.ts';
import { roles } from '../../api/auth/role.ts';
import { projects } from '../../api/business/project.ts';
import type { Stores } from './owner.ts';
import type { Found, ProjectTenant } from './references.ts';

export function findPolicies(names: readonly string[], stores: Stores): Found[] {
  return names.map((name) => {
    const policy = stores.of(policies).get(name);
    if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) return { name, target: undefined };
    return { name, target: { name, tenantID: policy.spec.tenantID, scope: policy.spec.scope } };
  });
}

export function findRoles(names: readonly string[], stores: Stores): Found[] {
  return names.map((name) => {
    const role = stores.of(roles).get(name);
    if (role === undefined || role.metadata.deletionTimestamp !== undefined) return { name, target: undefined };
    return { name, target: { name, tenantID: role.spec.tenantID, projectID: role.spec.projectID } };
  });
}

export function tenantOfProject(project: string, stores: Stores): ProjectTenant {
  return project === '' ? undefined : stores.of(projects).get(project)?.spec.tenantID;
}

/** An optional reference as a list: empty when it is not set. */
export function named(name: string | undefined): string[] {
  return name === undefined || name === '' ? [] : [name];
}
