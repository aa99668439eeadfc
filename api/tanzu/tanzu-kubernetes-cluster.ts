/**
 * TanzuKubernetesCluster of VMware Tanzu (run.tanzu.vmware.com/v1alpha3) as input: manifests for Tanzu apply unchanged. The
 * schema declares the fields that are mapped and preserves all others, so that the status can report them as unmapped.
 */
import * as z from 'zod';
import { count, stringMap, taints } from '../platform/fields.ts';
import { AGE, READY, REASON } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { text } from '../schema/fields.ts';
import { conditions, observedGeneration } from '../schema/status.ts';

const tkr = z
  .looseObject({
    reference: z
      .looseObject({ name: text('A version: v1.33.1---vmware.1-fips-vkr.2, v1.33.1 or v1.33.', 253) })
      .nullish()
      .meta({ description: 'The release.' }),
  })
  .nullish()
  .meta({
    description:
      'The Tanzu Kubernetes release. A short version selects the newest offered ClusterRelease that matches.',
  });

const vmClass = text('The class of the virtual machines.', 253);
const storageClass = text('The storage class of their disks.', 253);

const controlPlane = z
  .looseObject({
    replicas: count('The number of control plane replicas: 1 or 3.', 0, 100).optional(),
    vmClass,
    storageClass,
    tkr,
  })
  .nullish()
  .meta({ description: 'The control plane.' });

const nodePool = z.looseObject({
  name: z.string().min(1).max(63).meta({ description: 'The name of the pool.' }),
  replicas: count('The number of workers.').optional(),
  vmClass,
  storageClass,
  tkr,
  labels: stringMap('The labels of its nodes.'),
  taints: taints('The taints of its nodes.'),
});

const range = z
  .looseObject({
    cidrBlocks: z
      .array(z.string().max(43).meta({ description: 'A CIDR.' }))
      .max(10)
      .nullish()
      .meta({ description: 'Address ranges. Only the first one is used.' }),
  })
  .nullish()
  .meta({ description: 'Address ranges.' });

const settings = z
  .looseObject({
    network: z
      .looseObject({ pods: range, services: range, serviceDomain: text('The DNS domain of services.', 253) })
      .nullish()
      .meta({ description: 'The network.' }),
    storage: z
      .looseObject({
        classes: z
          .array(z.string().max(253).meta({ description: 'A storage class.' }))
          .max(100)
          .nullish()
          .meta({ description: 'The storage classes of the cluster.' }),
        defaultClass: text('The default storage class.', 253),
      })
      .nullish()
      .meta({ description: 'Storage.' }),
  })
  .nullish()
  .meta({ description: 'Settings.' });

const spec = z
  .looseObject({
    topology: z
      .looseObject({
        controlPlane,
        nodePools: z.array(nodePool).max(50).nullish().meta({ description: 'The pools of workers.' }),
      })
      .meta({ description: 'Control plane and workers.' }),
    settings,
  })
  .meta({ description: 'The desired state of the cluster.' });

/** As in Tanzu. */
export const TANZU_PHASES = ['creating', 'running', 'updating', 'deleting', 'failed'] as const;
export type TanzuPhase = (typeof TANZU_PHASES)[number];

const endpoint = z.object({
  host: z.string().max(253).meta({ description: 'The host.' }),
  port: z.int().min(0).max(65_535).meta({ description: 'The port.', format: 'int32' }),
});

const status = z
  .object({
    phase: z.enum(TANZU_PHASES).nullish().meta({ description: 'The state in one word.' }),
    conditions: conditions(),
    observedGeneration: observedGeneration(),
    cluster: text('The Cluster that was created from this object.', 253).nullable(),
    unmappedFields: z
      .array(z.string().max(1_024).meta({ description: 'A field, and why it has no effect.' }))
      .max(500)
      .nullish()
      .meta({
        description:
          'Fields that have no effect, each with the reason. If there is one, the condition FullyMapped is False.',
      }),
    apiEndpoints: z.array(endpoint).max(50).nullish().meta({ description: 'The addresses of the API server.' }),
    version: text('The current Kubernetes version of the cluster.', 63).nullable(),
    totalWorkerReplicas: z.int().nullish().meta({ description: 'The number of workers.', format: 'int32' }),
  })
  .meta({ description: 'The observed state of the cluster.' });

export type TanzuKubernetesCluster = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;
export type TanzuStatus = z.infer<typeof status>;

export const tanzuKubernetesClusters = defineKind({
  group: 'run.tanzu.vmware.com',
  version: 'v1alpha3',
  kind: 'TanzuKubernetesCluster',
  plural: 'tanzukubernetesclusters',
  singular: 'tanzukubernetescluster',
  shortNames: ['tkc'],
  namespaced: true,
  description:
    'A TanzuKubernetesCluster is a cluster as VMware Tanzu describes it. A Cluster is created from it, for the tenant that its Namespace is labelled with. Its status lists what cannot be mapped.',
  spec,
  status,
  columns: [
    { name: 'Control Plane', type: 'integer', jsonPath: '.spec.topology.controlPlane.replicas' },
    { name: 'Worker', type: 'integer', jsonPath: '.status.totalWorkerReplicas' },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    READY,
    { name: 'Fully Mapped', type: 'string', jsonPath: '.status.conditions[?(@.type=="FullyMapped")].status' },
    { name: 'Cluster', type: 'string', jsonPath: '.status.cluster', priority: 1 },
    REASON,
    AGE,
  ],
  selectable: [],
});
