/** Project: namespaces of several clusters that belong together. */
import * as z from 'zod';
import { AGE, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { specFinalizers, tenantID, text, time } from '../schema/fields.ts';
import { conditions, phase } from '../schema/status.ts';

const anything = z.looseObject({});
const open = (description: string): z.ZodOptional<z.ZodNullable<typeof anything>> =>
  anything.nullish().meta({ description });
const names = (description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodString>>> =>
  z
    .array(z.string().max(253).meta({ description: 'A name.' }))
    .max(10_000)
    .nullish()
    .meta({ description });

const spec = z
  .object({
    tenantID: tenantID(),
    displayName: text('A name for people.', 256),
    members: names('The people of the project. It is a list for people: rights come from bindings.'),
    parentProjectName: text('The project that this one is part of.', 253),
    clusters: open('The resources that the project may use, by cluster: CLUSTER → hard → resource → quantity.'),
    finalizers: specFinalizers(),
  })
  .meta({ description: 'The project.' });

const status = z
  .object({
    locked: z.boolean().nullish().meta({ description: 'Whether the project is locked.' }),
    phase: phase(['Active', 'Pending', 'Terminating', 'Failed']),
    conditions: conditions(),
    clusters: open('The resources in use, by cluster.'),
    calculatedChildProjects: names('The projects that are part of this one.'),
    calculatedNamespaces: names('The namespaces of the project.'),
    cachedSpecClusters: open('The quotas last dealt with.'),
    cachedParent: text('The parent last dealt with.', 253).nullable(),
    lastTransitionTime: time('When the phase last changed.').nullish(),
    reason: text('Why the phase is so, in one word.').nullable(),
    message: text('Why the phase is so, for people.').nullable(),
  })
  .meta({ description: 'The state of the project.' });

export type Project = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const projects = defineKind({
  group: 'business.tkestack.io',
  kind: 'Project',
  plural: 'projects',
  singular: 'project',
  shortNames: ['prj'],
  description:
    'A Project holds namespaces of several clusters. Its name is the project id in bindings, and the domain in Rules.',
  spec,
  status,
  columns: [TENANT, { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName' }, AGE],
  selectable: ['.spec.tenantID'],
});
