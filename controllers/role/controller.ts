/**
 * In: Role objects, and the Policies and Project that they name. Out: `g` Rules from the users and groups of a role to
 * the role, and from the role to its policies. Watches Roles, Policies, Projects and its own Rules. A role that is
 * deleted goes when no grant leads to it any more.
 */
import { policies } from '../../api/auth/policy.ts';
import { type Role, roles } from '../../api/auth/role.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { roleNode } from '../../authorization/rules/node-name.ts';
import { named } from '../rule-owner/find.ts';
import { ownerPart, ownerProcess } from '../rule-owner/process.ts';
import { gatherRole } from './gather.ts';
import { translateRole } from './translate.ts';

export const roleProcess = ownerProcess(PROCESS_NAMES.role, [
  ownerPart<Role>({
    resource: roles,
    references: [
      { resource: policies, names: (role) => role.spec.policies ?? [] },
      { resource: projects, names: (role) => named(role.spec.projectID) },
    ],
    translate: (role, stores) => translateRole(gatherRole(role, stores)),
    nodeName: (role) => roleNode(role.metadata.name),
  }),
]);
