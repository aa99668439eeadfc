/** ClusterPlan: a cluster as a platform team offers it. A user names a plan and sizes. */
import * as z from 'zod';
import type { KubeObject } from '../object.ts';
import { cel } from '../schema/cel.ts';
import { AGE } from '../schema/columns.ts';
import { defineFlatKind } from '../schema/define-kind.ts';
import { text } from '../schema/fields.ts';
import {
  addons,
  CLUSTER_TYPES,
  cidr,
  clusterClass,
  controlPlaneReplicas,
  count,
  kubernetesVersion,
  poolName,
  stringMap,
  taints,
  variables,
} from './fields.ts';
import { networkRules } from './network-rules.ts';

const bounded = cel(
  { rule: '!has(self.min) || !has(self.max) || self.min <= self.max', message: 'min must not be above max' },
  {
    rule: '!has(self.replicas) || !has(self.min) || self.replicas >= self.min',
    message: 'replicas must not be below min',
  },
  {
    rule: '!has(self.replicas) || !has(self.max) || self.replicas <= self.max',
    message: 'replicas must not be above max',
  },
);

const controlPlane = z
  .object({
    replicas: controlPlaneReplicas(
      'The number of control plane replicas of a cluster that does not set its own. An odd number.',
    ).optional(),
    min: count('The least number of control plane replicas in a cluster of this plan.', 1, 7).optional(),
    max: count('The greatest number of control plane replicas in a cluster of this plan.', 1, 7).optional(),
    machineClass: text("The provider's name for the size of a machine.", 253),
  })
  .meta({ description: 'The control plane.', ...bounded });

const nodePool = z
  .object({
    name: poolName(),
    class: text('The worker class in the ClusterClass.', 253),
    replicas: count('The number of workers in a cluster that does not set its own.').optional(),
    min: count('The least number of workers in the pool.').optional(),
    max: count('The greatest number of workers in the pool.').optional(),
    machineClass: text("The provider's name for the size of a machine.", 253),
    labels: stringMap('The labels of its nodes.'),
    taints: taints('The taints of its nodes.'),
  })
  .meta({ description: 'A pool of identical workers.', ...bounded });

const spec = z
  .object({
    displayName: text('A human-readable name.', 256),
    description: text('What the plan is for.', 4_096),
    provider: z
      .enum(CLUSTER_TYPES)
      .meta({ description: 'The provider of clusters of this plan: spec.type of the Cluster.' }),
    version: kubernetesVersion('The Kubernetes version of a cluster that does not set its own.').optional(),
    channel: text(
      'The channel whose newest offered release a cluster gets if neither the cluster nor the plan names a version.',
      63,
    ),
    controlPlane: controlPlane.optional(),
    nodePools: z
      .array(nodePool)
      .max(50)
      .nullish()
      .meta({
        description: 'The pools of workers.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    storageClasses: z
      .array(z.string().min(1).max(253).meta({ description: 'The name of a storage class.' }))
      .max(50)
      .nullish()
      .meta({
        description:
          'Storage classes of clusters of this plan. The first one is the default. No provider creates them; a ClusterClass may have a variable for them.',
      }),
    clusterCIDR: cidr('The address range of pods.').optional(),
    serviceCIDR: cidr('The address range of services.').optional(),
    dnsDomain: text('The DNS domain of services. The default is cluster.local.', 253),
    addons: addons('Addons of clusters of this plan. No provider installs them: use hooks or a ClusterClass.'),
    clusterClass: clusterClass.optional(),
    variables: variables('Variables of the ClusterClass. A cluster can add others, and override these.'),
  })
  .meta({
    description: 'What a cluster of this plan gets unless it sets its own, and the limits for what it sets.',
    ...cel(
      {
        rule: "self.provider != 'Imported'",
        message: 'an imported cluster has no plan, because it exists already',
      },
      {
        rule: "self.provider != 'ClusterAPI' || has(self.clusterClass)",
        message: 'provider ClusterAPI needs clusterClass',
      },
      ...networkRules(),
    ),
  });

/** It has no status, because no controller reconciles it. */
export type ClusterPlan = KubeObject & { readonly spec: z.infer<typeof spec> };

export const clusterPlans = defineFlatKind({
  group: 'platform.tkestack.io',
  kind: 'ClusterPlan',
  plural: 'clusterplans',
  singular: 'clusterplan',
  shortNames: ['cpl'],
  description:
    'A ClusterPlan is a cluster as it is offered: provider, version, sizes and their limits, networks and addons. A Cluster names the plan and sets what differs.',
  fields: { spec },
  required: ['spec'],
  columns: [
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider' },
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Channel', type: 'string', jsonPath: '.spec.channel' },
    { name: 'Control Plane', type: 'integer', jsonPath: '.spec.controlPlane.replicas' },
    { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
    AGE,
  ],
  selectable: ['.spec.provider'],
});
