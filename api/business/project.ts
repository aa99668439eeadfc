/** Project: a set of namespaces, in any number of clusters. */
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
    displayName: text('A human-readable name.', 256),
    members: names('The users of the project. For information only: permissions come from bindings.'),
    parentProjectName: text('The name of the parent project.', 253),
    clusters: open('The quota of the project by cluster: under CLUSTER.hard, a quantity for each resource.'),
    finalizers: specFinalizers(),
  })
  .meta({ description: 'The project and its quota.' });

const status = z
  .object({
    locked: z.boolean().nullish().meta({ description: 'Whether the project is locked.' }),
    phase: phase(['Active', 'Pending', 'Terminating', 'Failed']),
    conditions: conditions(),
    clusters: open('The resources in use, by cluster.'),
    calculatedChildProjects: names('The child projects.'),
    calculatedNamespaces: names('The namespaces of the project.'),
    cachedSpecClusters: open('The quotas that were last reconciled.'),
    cachedParent: text('The parent that was last reconciled.', 253).nullable(),
    lastTransitionTime: time('When the phase last changed.').nullish(),
    reason: text('Why the object is in this phase, in one word.').nullable(),
    message: text('Why the object is in this phase, in a sentence.').nullable(),
  })
  .meta({ description: 'The observed state of the project.' });

export type Project = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const projects = defineKind({
  group: 'business.tkestack.io',
  kind: 'Project',
  plural: 'projects',
  singular: 'project',
  shortNames: ['prj'],
  description:
    'A Project is a set of namespaces, in any number of clusters. Its name is the project id in bindings and the domain in Rules.',
  spec,
  status,
  columns: [TENANT, { name: 'Display Name', type: 'string', jsonPath: '.spec.displayName' }, AGE],
  selectable: ['.spec.tenantID'],
});
