/**
 * Every controller of kinds that own Rules. The CLI translates manifests with these declarations, processes/ deploys
 * them. owner-controllers.test.ts holds the list against the kinds (api/auth/owner-kinds.ts) and the folders. Pure.
 */
import { grantController } from '../grant/controller.ts';
import { groupController } from '../group/controller.ts';
import { policyController } from '../policy/controller.ts';
import { projectPolicyBindingController } from '../project-policy-binding/controller.ts';
import { roleController } from '../role/controller.ts';
import type { OwnerController } from '../rule-owner/owner.ts';

export const OWNER_CONTROLLERS: readonly OwnerController[] = [
  policyController,
  roleController,
  groupController,
  projectPolicyBindingController,
  grantController,
];
