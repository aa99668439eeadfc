/** ClusterPlan: what a platform team offers, so that a user need only say which one and how big. */
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
    replicas: controlPlaneReplicas('How many members a cluster gets that does not say so itself.').optional(),
    min: count('The fewest members that a cluster of this plan may have.', 1, 7).optional(),
    max: count('The most members that a cluster of this plan may have.', 1, 7).optional(),
    machineClass: text('The size of a machine, by the name that the provider knows.', 253),
  })
  .meta({ description: 'The control plane.', ...bounded });

const nodePool = z
  .object({
    name: poolName(),
    class: text('The class of machines in the ClusterClass.', 253),
    replicas: count('How many workers a cluster gets that does not say so itself.').optional(),
    min: count('The fewest workers that the pool may have.').optional(),
    max: count('The most workers that the pool may have.').optional(),
    machineClass: text('The size of a machine, by the name that the provider knows.', 253),
    labels: stringMap('Labels of its nodes.'),
    taints: taints('Taints of its nodes.'),
  })
  .meta({ description: 'A pool of workers that are alike.', ...bounded });

const spec = z
  .object({
    displayName: text('A name for people.', 256),
    description: text('What the plan is for.', 4_096),
    provider: z
      .enum(CLUSTER_TYPES)
      .meta({ description: 'How clusters of this plan come to be; spec.type of the Cluster.' }),
    version: kubernetesVersion('The Kubernetes version of a cluster that does not name one.').optional(),
    channel: text(
      'The channel whose newest release a cluster gets that names no version, when the plan names none either.',
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
          'Storage classes that clusters of this plan have; the first is the default. No provider sees to that: a ClusterClass may have a variable for it.',
      }),
    clusterCIDR: cidr('The addresses of pods.').optional(),
    serviceCIDR: cidr('The addresses of services.').optional(),
    dnsDomain: text('The domain of services, cluster.local by default.', 253),
    addons: addons('What is installed in clusters of this plan. No provider does that: use hooks, or a ClusterClass.'),
    clusterClass: clusterClass.optional(),
    variables: variables('Variables for the ClusterClass. A cluster can set others, and change these.'),
  })
  .meta({
    description: 'What clusters of this plan are like.',
    ...cel(
      {
        rule: "self.provider != 'Imported'",
        message: 'a cluster that is imported has no plan: it is there already',
      },
      {
        rule: "self.provider != 'ClusterAPI' || has(self.clusterClass)",
        message: 'provider ClusterAPI needs clusterClass',
      },
      ...networkRules(),
    ),
  });

/** Nobody has anything to say of one: it has no status. */
export type ClusterPlan = KubeObject & { readonly spec: z.infer<typeof spec> };

export const clusterPlans = defineFlatKind({
  group: 'platform.tkestack.io',
  kind: 'ClusterPlan',
  plural: 'clusterplans',
  singular: 'clusterplan',
  shortNames: ['cpl'],
  description:
    'A ClusterPlan is a cluster as it is offered: provider, version, sizes with their limits, networks and addons. A Cluster names it and says what is different.',
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
