/** Cluster: a Kubernetes cluster, however it came to be, and what it should be like. */
import * as z from 'zod';
import { HUB } from '../installation.ts';
import { type CelRule, cel, immutable } from '../schema/cel.ts';
import { AGE, READY, REASON, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { objectName, specFinalizers, tenantID, text } from '../schema/fields.ts';
import { hooks } from './cluster-hooks.ts';
import { originalFields } from './cluster-original.ts';
import { clusterStatus } from './cluster-status.ts';
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

const nodePool = z.object({
  name: poolName(),
  class: text('The class of machines in the ClusterClass.', 253),
  replicas: count('How many workers.').optional(),
  machineClass: text('The size of a machine, by the name that the provider knows.', 253),
  labels: stringMap('Labels of its nodes.'),
  taints: taints('Taints of its nodes.'),
});

export type NodePool = z.infer<typeof nodePool>;

const seconds = (description: string): z.ZodOptional<z.ZodInt> =>
  z.int().min(1).max(3_600).optional().meta({ description, format: 'int32' });

const health = z
  .object({
    periodSeconds: seconds('How often it is looked at; 30 by default.'),
    timeoutSeconds: seconds('How long one answer may take; 10 by default.'),
    failureThreshold: count(
      'How many failures in a row make it unreachable or unhealthy; 3 by default.',
      1,
      100,
    ).optional(),
    successThreshold: count('How many successes in a row make it well again; 2 by default.', 1, 100).optional(),
  })
  .nullish()
  .meta({ description: 'How its health is judged.' });

/** As CEL writes a field whose name is a word of its own. */
const PLACE = 'clusterAPI.__namespace__';
/** Not said and '' are the same: the namespace of the installation, whose name only the controller knows. */
const isPlaced = (object: string): string =>
  `(has(${object}.clusterAPI) && has(${object}.${PLACE}) && ${object}.${PLACE} != '')`;
const namespaceStays: CelRule = {
  rule: `${isPlaced('self')} ? ${isPlaced('oldSelf')} && self.${PLACE} == oldSelf.${PLACE} : !${isPlaced('oldSelf')}`,
  message: "clusterAPI.namespace can't be changed: what Cluster API made for the cluster would be left in the old one",
};

const spec = z
  .object({
    tenantID: tenantID(),
    displayName: text('A name for people.', 256),
    description: text('What the cluster is for.', 4_096),
    type: z.enum(CLUSTER_TYPES).meta({
      description:
        'How the cluster comes to be. Imported: it is there already. Local: started on the machine of the controller. ClusterAPI: Cluster API provisions it.',
      ...cel(immutable('type')),
    }),
    plan: objectName('The ClusterPlan that says what is not said here.').optional(),
    version: kubernetesVersion('The Kubernetes version. Raise it to upgrade the cluster.').optional(),
    controlPlane: z
      .object({
        replicas: controlPlaneReplicas('How many members.').optional(),
        machineClass: text('The size of a machine.', 253),
      })
      .nullish()
      .meta({ description: 'The control plane.' }),
    nodePools: z
      .array(nodePool)
      .max(50)
      .nullish()
      .meta({
        description: 'The workers, in pools that are alike.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    clusterCIDR: cidr('The addresses of pods.').optional(),
    serviceCIDR: cidr('The addresses of services.').optional(),
    dnsDomain: text('The domain of services, cluster.local by default.', 253),
    publicAlternativeNames: z
      .array(z.string().min(1).max(253).meta({ description: 'A host name or address.' }))
      .max(50)
      .nullish()
      .meta({
        description: 'Names under which the API of the cluster is reached from outside; its certificate holds them.',
      }),
    server: z
      .string()
      .max(2_048)
      .regex(/^https:\/\/[^/?#@]+(\/[^?#@]*)?$/, 'must be an address like https://10.0.0.1:6443')
      .optional()
      .meta({
        description: 'For an imported cluster: where its API answers.',
      }),
    kubeconfigSecret: objectName(
      'For an imported cluster: a Secret in the namespace of the installation, with a kubeconfig under the key value or kubeconfig, or with ca.crt and token. ' +
        'Its label platform.tkestack.io/tenant must be the tenant.',
    ).optional(),
    clusterCredentialRef: z
      .object({ name: objectName('The name of the ClusterCredential.') })
      .nullish()
      .meta({
        description:
          'For an imported cluster: a ClusterCredential with its CA and token, or with a client certificate.',
      }),
    clusterAPI: z
      .object({
        namespace: text(
          'The namespace of the Cluster API objects; that of the installation when left out. It never changes.',
          63,
        ),
        class: clusterClass.optional(),
        variables: variables('Variables for the ClusterClass.'),
      })
      .nullish()
      .meta({ description: 'For a cluster that Cluster API makes.' }),
    addons: addons('What is installed in the cluster. No provider does that: use hooks, or a ClusterClass.'),
    hooks: hooks(),
    health,
    paused: z.boolean().optional().meta({ description: 'Whether the controllers leave the cluster as it is.' }),
    stopped: z.boolean().optional().meta({
      description:
        'Whether the processes of the cluster are stopped, with what they store kept. For a cluster of type Local. It is made first, and stopped then.',
    }),
    deletionProtection: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the object can be deleted. Set it to false first.' }),
    ...originalFields,
    finalizers: specFinalizers(),
  })
  .meta({
    description: 'What the cluster should be like.',
    ...cel(
      // An imported cluster has its ranges already.
      ...networkRules("self.type == 'Imported'"),
      namespaceStays,
      ...['clusterCIDR', 'serviceCIDR', 'dnsDomain', 'plan'].map((field) => ({
        rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
        message: `${field} can't be changed: a cluster keeps what it was created with`,
      })),
      {
        rule: "self.type != 'Imported' || !has(self.plan)",
        message: 'a cluster that is imported has no plan: it is there already',
      },
      {
        rule: "self.type == 'Local' || !has(self.stopped) || !self.stopped",
        message: 'only a cluster of type Local can be stopped',
      },
      {
        rule: "self.type == 'Imported' || (!has(self.server) && !has(self.kubeconfigSecret) && !has(self.clusterCredentialRef))",
        message: 'server, kubeconfigSecret and clusterCredentialRef are for a cluster of type Imported',
      },
      {
        rule: "self.type != 'Imported' || has(self.kubeconfigSecret) || has(self.clusterCredentialRef)",
        message: 'a cluster of type Imported needs kubeconfigSecret or clusterCredentialRef',
      },
    ),
  });

export type Cluster = ObjectOf<z.infer<typeof spec>, z.infer<typeof clusterStatus>>;
export type ClusterStatus = z.infer<typeof clusterStatus>;

export const clusters = defineKind({
  group: 'platform.tkestack.io',
  kind: 'Cluster',
  plural: 'clusters',
  singular: 'cluster',
  shortNames: ['cls'],
  description:
    'A Cluster is a Kubernetes cluster: one that is there already and is taken over, one that is started on this machine, or one that Cluster API provisions.',
  spec,
  status: clusterStatus,
  rules: [
    { rule: `self.metadata.name != '${HUB}'`, message: `the name ${HUB} is the hub's own` },
    { rule: 'size(self.metadata.name) <= 63', message: 'the name of a cluster has at most 63 characters' },
  ],
  columns: [
    TENANT,
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'Plan', type: 'string', jsonPath: '.spec.plan', priority: 1 },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'Control Plane', type: 'integer', jsonPath: '.status.controlPlane.ready' },
    { name: 'Workers', type: 'integer', jsonPath: '.status.workers.ready' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    READY,
    REASON,
    { name: 'Server', type: 'string', jsonPath: '.status.server', priority: 1 },
    AGE,
  ],
  selectable: ['.spec.tenantID', '.spec.type', '.spec.plan'],
});
