/** LocalGroup: a set of users. Kept by hand on the platform. */
import * as z from 'zod';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { extra, specFinalizers, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const spec = z
  .object({
    displayName: text('A name for people.', 256),
    tenantID: tenantID(),
    username: text('Who made the group.', 253),
    description: text('What the group is for.', 4_096),
    extra: extra(),
    finalizers: specFinalizers(),
    users: subjects('The members.'),
    groups: subjects('Groups whose members are members of this one too.'),
  })
  .meta({ description: 'The members of the group.' });

export type LocalGroup = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const localGroups = defineKind({
  group: 'auth.tkestack.io',
  kind: 'LocalGroup',
  plural: 'localgroups',
  singular: 'localgroup',
  shortNames: ['lgrp'],
  description:
    'A LocalGroup is a set of users that is kept on the platform itself. Its name is the id by which bindings name it.',
  spec,
  status: ownerStatus,
  columns: [
    TENANT,
    { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName', priority: 1 },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID'],
});
