/** Grant and the objects that it refers to → the input of its translator. */
import type { Grant } from '../../api/auth/grant.ts';
import { findPolicies, findRoles, tenantOfProject } from '../rule-owner/find-references.ts';
import type { Stores } from '../rule-owner/owner.ts';
import type { GrantInput } from './translate.ts';

export function gatherGrant({ spec }: Grant, stores: Stores): GrantInput {
  const projectID = spec.projectID ?? '';
  return {
    tenantID: spec.tenantID,
    scope: spec.scope,
    projectID,
    projectTenant: tenantOfProject(projectID, stores),
    policies: findPolicies(spec.policies ?? [], stores),
    roles: findRoles(spec.roles ?? [], stores),
    notAfter: spec.notAfter,
    users: spec.users,
    groups: spec.groups,
  };
}
