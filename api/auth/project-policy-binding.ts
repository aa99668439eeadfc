/** ProjectPolicyBinding: gives users and groups a policy in one project. */
import * as z from 'zod';
import { cel, immutable } from '../schema/cel.ts';
import { OWNER_COLUMNS, PROJECT, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { objectName, projectID, specFinalizers, subjects, tenantID } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    tenantID: tenantID(),
    projectID: projectID('The project in which the policy applies.'),
    policyID: objectName('The Policy.').meta({ description: 'The name of the Policy.', ...cel(immutable('policyID')) }),
    finalizers: specFinalizers(),
    users: subjects('The users that hold the policy in the project.'),
    groups: subjects('The groups to whose members the policy applies in the project.'),
  })
  .meta({ description: 'A policy, a project, and the users and groups that hold the policy in it.' });

export type ProjectPolicyBinding = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const projectPolicyBindings = defineKind({
  group: 'auth.tkestack.io',
  kind: 'ProjectPolicyBinding',
  plural: 'projectpolicybindings',
  singular: 'projectpolicybinding',
  shortNames: ['ppb'],
  description: 'A ProjectPolicyBinding gives users and groups a Policy in one project.',
  spec,
  status: ownerStatus,
  columns: [TENANT, PROJECT, { name: 'Policy', type: 'string', jsonPath: '.spec.policyID' }, ...OWNER_COLUMNS],
  selectable: ['.spec.tenantID', '.spec.projectID', '.spec.policyID'],
});
