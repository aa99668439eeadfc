/** Grant: gives users and groups policies and roles, everywhere or in one project, optionally until a date. */
import * as z from 'zod';
import { cel, projectStays } from '../schema/cel.ts';
import { OWNER_COLUMNS, PROJECT, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { endTime, objectNames, optionalProjectID, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatusFields } from '../schema/status.ts';

const spec = z
  .object({
    tenantID: tenantID(),
    displayName: text('A human-readable name.', 256),
    description: text('What the grant is for.', 4_096),
    scope: z
      .enum(['platform', 'project'])
      .meta({ description: 'Where the grant applies. platform: everywhere. project: in the project projectID only.' }),
    projectID: optionalProjectID('The project in which the grant applies. Required for scope project.'),
    users: subjects('The users who receive the grant.'),
    groups: subjects('The groups whose members receive the grant.'),
    policies: objectNames('The names of the granted Policies.'),
    roles: objectNames('The names of the granted Roles.'),
    notAfter: endTime('When the grant ends. If left out, it does not end.').optional(),
  })
  .meta({
    description: 'Who receives which policies and roles, where, and until when.',
    ...cel(
      projectStays,
      {
        rule: "self.scope != 'project' || (has(self.projectID) && self.projectID != '')",
        message: 'scope project needs a projectID',
      },
      {
        rule: "self.scope != 'platform' || !has(self.projectID) || self.projectID == ''",
        message: 'a grant of scope platform applies everywhere: leave projectID out, or use scope project',
      },
    ),
  });

const status = z
  .object({
    ...ownerStatusFields,
    expired: z
      .boolean()
      .nullish()
      .meta({ description: 'Whether notAfter has passed. Decisions use the clock, not this field.' }),
  })
  .meta({ description: 'The observed state of the grant. Written by its controller.' });

export type Grant = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const grants = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Grant',
  plural: 'grants',
  singular: 'grant',
  shortNames: ['gnt'],
  description:
    'A Grant gives users and groups Policies and Roles, everywhere or in one project, permanently or until a date.',
  spec,
  status,
  columns: [
    TENANT,
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope' },
    PROJECT,
    { name: 'Ends', type: 'string', jsonPath: '.spec.notAfter' },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID', '.spec.projectID', '.spec.scope'],
});
