/**
 * In: Grant objects, and the Policies, Roles and Project that they name. Out: `g` Rules from each subject to each policy
 * and role, with the grant's end in them. Watches Grants, Policies, Roles, Projects and its own Rules. An ended grant
 * keeps its Rules, which no longer count, until it is deleted: so a refusal can say that it ended.
 */
import { type Grant, grants } from '../../api/auth/grant.ts';
import { policies } from '../../api/auth/policy.ts';
import { roles } from '../../api/auth/role.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { named } from '../rule-owner/find.ts';
import { ownerPart, ownerProcess } from '../rule-owner/process.ts';
import { gatherGrant } from './gather.ts';
import { translateGrant } from './translate.ts';

export const grantProcess = ownerProcess(PROCESS_NAMES.grant, [
  ownerPart<Grant>({
    resource: grants,
    references: [
      { resource: policies, names: (grant) => grant.spec.policies ?? [] },
      { resource: roles, names: (grant) => grant.spec.roles ?? [] },
      { resource: projects, names: (grant) => named(grant.spec.projectID) },
    ],
    translate: (grant, stores) => translateGrant(gatherGrant(grant, stores)),
    endsAtMs: (grant) => (grant.spec.notAfter === undefined ? undefined : Date.parse(grant.spec.notAfter)),
  }),
]);
