/** Role: a set of policies that is granted as one. */
import * as z from 'zod';
import { cel, projectStays } from '../schema/cel.ts';
import { OWNER_COLUMNS, PROJECT, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { objectNames, optionalProjectID, specFinalizers, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    displayName: text('A human-readable name.', 256),
    tenantID: tenantID(),
    projectID: optionalProjectID(
      'The project in which the role applies. If empty, it applies wherever it is granted, and everywhere for its own users and groups.',
    ),
    username: text('The user who created the role.', 253),
    description: text('What the role is for.', 4_096),
    policies: objectNames('The names of the Policies in the role. They apply where the role applies.'),
    finalizers: specFinalizers(),
    users: subjects('The users who have the role.'),
    groups: subjects('The groups whose members have the role.'),
  })
  .meta({ description: 'The policies in the role, and the users and groups who have it.', ...cel(projectStays) });

export type Role = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const roles = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  shortNames: ['rol'],
  description: 'A Role is a set of Policies that is granted as one.',
  spec,
  status: ownerStatus,
  columns: [TENANT, PROJECT, ...OWNER_COLUMNS],
  selectable: ['.spec.tenantID', '.spec.projectID'],
});
