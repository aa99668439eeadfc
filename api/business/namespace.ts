/** Namespace of group business.tkestack.io: assigns a namespace of a cluster to a project. */
import * as z from 'zod';
import { HUB, INSTALLATION_NAMESPACE } from '../installation.ts';
import { cel, immutable } from '../schema/cel.ts';
import { AGE, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { specFinalizers, tenantID, text, time } from '../schema/fields.ts';
import { conditions, phase } from '../schema/status.ts';

const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

const SYSTEM_PREFIX = 'kube-';

/** Whether a namespace belongs to Kubernetes or to this installation. No project can claim it; the CRD refuses a claim. */
export function isSystemNamespace(namespace: string): boolean {
  return namespace.startsWith(SYSTEM_PREFIX) || namespace === INSTALLATION_NAMESPACE;
}

const quantities = (
  description: string,
): z.ZodOptional<z.ZodNullable<z.ZodRecord<z.ZodString, z.ZodUnion<readonly [z.ZodInt, z.ZodString]>>>> =>
  z
    .record(
      z.string(),
      z.union([z.int(), z.string()]).meta({ description: 'A quantity.', 'x-kubernetes-int-or-string': true }),
    )
    .nullish()
    .meta({ description });

const spec = z
  .object({
    tenantID: tenantID(),
    clusterName: z
      .string()
      .min(1)
      .max(253)
      .regex(NAME)
      .meta({
        description: `The cluster that contains the namespace. ${HUB} is the hub itself.`,
        ...cel(immutable('clusterName')),
      }),
    namespace: z
      .string()
      .min(1)
      .max(63)
      .regex(NAME)
      .meta({
        description: 'The namespace in that cluster.',
        ...cel(immutable('namespace'), {
          rule: `!self.startsWith('${SYSTEM_PREFIX}') && self != '${INSTALLATION_NAMESPACE}'`,
          message: 'system namespaces belong to no project',
        }),
      }),
    clusterType: text('The type of the cluster.', 63),
    clusterVersion: text('The Kubernetes version of the cluster.', 63),
    clusterDisplayName: text('The human-readable name of the cluster.', 256),
    hard: quantities('The quota of the namespace: a quantity for each resource.'),
    finalizers: specFinalizers(),
  })
  .meta({ description: 'The namespace, its cluster and its quota.' });

const status = z
  .object({
    phase: phase(['Pending', 'Available', 'Locked', 'Failed', 'Terminating']),
    conditions: conditions(),
    lastTransitionTime: time('When the phase last changed.').nullish(),
    reason: text('Why the object is in this phase, in one word.').nullable(),
    message: text('Why the object is in this phase, in a sentence.').nullable(),
    resourceQuotaName: text('The ResourceQuota that holds the quota.', 253).nullable(),
    used: quantities('The quantities in use, by resource.'),
    cachedSpecHard: quantities('The quota that was last reconciled.'),
    certificate: z
      .looseObject({})
      .nullish()
      .meta({ description: 'Credentials for the namespace, as TKEStack stores them.' }),
  })
  .meta({ description: 'The observed state of the namespace.' });

export type Namespace = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const namespaces = defineKind({
  group: 'business.tkestack.io',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['bns'],
  namespaced: true,
  description:
    'A Namespace assigns a namespace of a cluster to a project. The object is in the core namespace that has the name of the project. With kubectl, use namespaces.business.tkestack.io or bns, because plain namespaces are the core ones; for kubectl explain, use "kubectl explain bns".',
  spec,
  status,
  columns: [
    TENANT,
    { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterName' },
    { name: 'Cluster Namespace', type: 'string', jsonPath: '.spec.namespace' },
    AGE,
  ],
  selectable: ['.spec.tenantID', '.spec.clusterName', '.spec.namespace'],
});
