/** LocalGroup: a set of users that is maintained on the platform, not in a directory. */
import * as z from 'zod';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { extra, specFinalizers, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    displayName: text('A human-readable name.', 256),
    tenantID: tenantID(),
    username: text('The user who created the group.', 253),
    description: text('What the group is for.', 4_096),
    extra: extra(),
    finalizers: specFinalizers(),
    users: subjects('The users in the group.'),
    groups: subjects('Nested groups. Their group members belong to this group, too.'),
  })
  .meta({ description: 'The users and nested groups in the group.' });

export type LocalGroup = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const localGroups = defineKind({
  group: 'auth.tkestack.io',
  kind: 'LocalGroup',
  plural: 'localgroups',
  singular: 'localgroup',
  shortNames: ['lgrp'],
  description:
    'A LocalGroup is a set of users that is maintained on the platform itself. Bindings refer to it by metadata.name.',
  spec,
  status: ownerStatus,
  columns: [
    TENANT,
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID'],
});
