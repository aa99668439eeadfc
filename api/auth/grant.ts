/** Grant: who holds which policies and roles, where, and until when. */
import * as z from 'zod';
import { cel, projectStays } from '../schema/cel.ts';
import { OWNER_COLUMNS, PROJECT, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { endTime, objectNames, optionalProjectID, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatusFields } from '../schema/status.ts';

const spec = z
  .object({
    tenantID: tenantID(),
    displayName: text('A name for people.', 256),
    description: text('What the grant is for.', 4_096),
    scope: z
      .enum(['platform', 'project'])
      .meta({ description: 'platform: the grant holds everywhere. project: it holds in projectID.' }),
    projectID: optionalProjectID('The project in which the grant holds; for scope project.'),
    users: subjects('The users to whom it is granted.'),
    groups: subjects('The groups to whose members it is granted.'),
    policies: objectNames('The Policies that are granted.'),
    roles: objectNames('The Roles that are granted.'),
    notAfter: endTime('When the grant ends. Without it, it has no end.').optional(),
  })
  .meta({
    description: 'Who gets what, where, and until when.',
    ...cel(
      projectStays,
      {
        rule: "self.scope != 'project' || (has(self.projectID) && self.projectID != '')",
        message: 'scope project needs a projectID',
      },
      {
        rule: "self.scope != 'platform' || !has(self.projectID) || self.projectID == ''",
        message: 'a grant of scope platform holds everywhere: leave projectID out, or use scope project',
      },
    ),
  });

const status = z
  .object({
    ...ownerStatusFields,
    expired: z
      .boolean()
      .nullish()
      .meta({ description: 'Whether the end has passed. Decisions look at the clock, not at this.' }),
  })
  .meta({ description: 'What became of the grant. Written by its controller.' });

export type Grant = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const grants = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Grant',
  plural: 'grants',
  singular: 'grant',
  shortNames: ['gnt'],
  description:
    'A Grant gives users and groups Policies and Roles, everywhere or in one project, for good or until a date.',
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
