/** Group: a set of users. Groups of a directory, or kept by hand. */
import * as z from 'zod';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { extra, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    id: text('The id of the group. When given, it is the name of the object.', 253),
    displayName: text('A name for people.', 256),
    tenantID: tenantID(),
    description: text('What the group is for.', 4_096),
    extra: extra(),
    users: subjects('The members.'),
    groups: subjects('Groups whose members are members of this one too.'),
  })
  .meta({ description: 'The members of the group.' });

export type Group = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const groups = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Group',
  plural: 'groups',
  singular: 'group',
  shortNames: ['grp'],
  description: 'A Group is a set of users, as a directory has it. Its name is the id by which bindings name it.',
  spec,
  status: ownerStatus,
  rules: [
    {
      rule: "!has(self.spec.id) || self.spec.id == '' || self.spec.id == self.metadata.name",
      message: 'the id of a group is the name of its object: leave spec.id out, or make it equal to metadata.name',
    },
  ],
  columns: [
    TENANT,
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID'],
});
