/**
 * Role → a `g` Rule from each of its users and groups to the role, and from the role to each of its policies. Watches
 * Roles, the Policies and Projects that they name, and its own Rules. A deleted Role goes when no grant leads to it. Pure.
 */
import { policies } from '../../api/auth/policy.ts';
import { type Role, roles } from '../../api/auth/role.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { roleNode } from '../../authorization/rules/node-name.ts';
import { named } from '../rule-owner/find-references.ts';
import type { OwnerController, RuleOwner } from '../rule-owner/owner.ts';
import { gatherRole } from './gather.ts';
import { translateRole } from './translate.ts';

const roleOwner: RuleOwner<Role> = {
  resource: roles,
  references: [
    { resource: policies, names: (role) => role.spec.policies ?? [] },
    { resource: projects, names: (role) => named(role.spec.projectID) },
  ],
  translate: (role, stores) => translateRole(gatherRole(role, stores)),
  nodeName: (role) => roleNode(role.metadata.name),
};

export const roleController: OwnerController = { name: PROCESS_NAMES.role, owners: [roleOwner] };
