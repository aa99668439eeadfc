/**
 * Grant → a `g` Rule from each user and group to each policy and role, with the grant's end in it. Watches Grants, the
 * Policies, Roles and Projects that they name, and its own Rules. An expired grant keeps its Rules, which no longer
 * count, until it is deleted: so a refusal can say that the grant has ended. Pure.
 */
import { type Grant, grants } from '../../api/auth/grant.ts';
import { policies } from '../../api/auth/policy.ts';
import { roles } from '../../api/auth/role.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { named } from '../rule-owner/find-references.ts';
import type { OwnerController, RuleOwner } from '../rule-owner/owner.ts';
import { gatherGrant } from './gather.ts';
import { translateGrant } from './translate.ts';

const grantOwner: RuleOwner<Grant> = {
  resource: grants,
  references: [
    { resource: policies, names: (grant) => grant.spec.policies ?? [] },
    { resource: roles, names: (grant) => grant.spec.roles ?? [] },
    { resource: projects, names: (grant) => named(grant.spec.projectID) },
  ],
  translate: (grant, stores) => translateGrant(gatherGrant(grant, stores)),
  endsAtMs: (grant) => (grant.spec.notAfter === undefined ? undefined : Date.parse(grant.spec.notAfter)),
};

export const grantController: OwnerController = { name: PROCESS_NAMES.grant, owners: [grantOwner] };
