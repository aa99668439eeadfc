/** Group: a set of users, as a directory has it. */
import * as z from 'zod';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { extra, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    id: text('The id of the group. If set, it must equal metadata.name.', 253),
    displayName: text('A human-readable name.', 256),
    tenantID: tenantID(),
    description: text('What the group is for.', 4_096),
    extra: extra(),
    users: subjects('The users in the group.'),
    groups: subjects('Nested groups. Their group members belong to this group, too.'),
  })
  .meta({ description: 'The users and nested groups in the group.' });

export type Group = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const groups = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Group',
  plural: 'groups',
  singular: 'group',
  shortNames: ['grp'],
  description: 'A Group is a set of users from a directory. Bindings refer to it by metadata.name.',
  spec,
  status: ownerStatus,
  rules: [
    {
      rule: "!has(self.spec.id) || self.spec.id == '' || self.spec.id == self.metadata.name",
      message: 'the id of a group is the name of its object: leave spec.id out, or set it to metadata.name',
    },
  ],
  columns: [
    TENANT,
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID'],
});
