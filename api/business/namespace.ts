/** Namespace (of group business.tkestack.io): a namespace of a cluster, and the project that owns it. */
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
        description: `The cluster that the namespace is in; ${HUB} is the hub itself.`,
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
          message: "the system's own namespaces belong to no project",
        }),
      }),
    clusterType: text('The type of the cluster.', 63),
    clusterVersion: text('The Kubernetes version of the cluster.', 63),
    clusterDisplayName: text('The name of the cluster for people.', 256),
    hard: quantities('The quota of the namespace: resource → quantity.'),
    finalizers: specFinalizers(),
  })
  .meta({ description: 'The namespace.' });

const status = z
  .object({
    phase: phase(['Pending', 'Available', 'Locked', 'Failed', 'Terminating']),
    conditions: conditions(),
    lastTransitionTime: time('When the phase last changed.').nullish(),
    reason: text('Why the phase is so, in one word.').nullable(),
    message: text('Why the phase is so, for people.').nullable(),
    resourceQuotaName: text('The ResourceQuota that holds the quota.', 253).nullable(),
    used: quantities('What is in use.'),
    cachedSpecHard: quantities('The quota last dealt with.'),
    certificate: z
      .looseObject({})
      .nullish()
      .meta({ description: 'How to reach the namespace, as the original stores it.' }),
  })
  .meta({ description: 'The state of the namespace.' });

export type Namespace = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const namespaces = defineKind({
  group: 'business.tkestack.io',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['bns'],
  namespaced: true,
  description:
    'A Namespace says which project owns a namespace of a cluster. It lives in a core namespace that is named as the project. Ask kubectl for namespaces.business.tkestack.io, or bns: plain namespaces are the core ones.',
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
