/** Role and the objects that it refers to → the input of its translator. */
import type { Role } from '../../api/auth/role.ts';
import { findPolicies, tenantOfProject } from '../rule-owner/find-references.ts';
import type { Stores } from '../rule-owner/owner.ts';
import type { RoleInput } from './translate.ts';

export function gatherRole({ metadata, spec }: Role, stores: Stores): RoleInput {
  const projectID = spec.projectID ?? '';
  return {
    name: metadata.name,
    tenantID: spec.tenantID,
    projectID,
    projectTenant: tenantOfProject(projectID, stores),
    policies: findPolicies(spec.policies ?? [], stores),
    users: spec.users,
    groups: spec.groups,
  };
}
