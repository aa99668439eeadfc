/** Cluster: the desired state of a Kubernetes cluster, and how it is provisioned. */
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
import { TENANT_LABEL } from './labels.ts';
import { networkRules } from './network-rules.ts';

const nodePool = z.object({
  name: poolName(),
  class: text('The worker class in the ClusterClass.', 253),
  replicas: count('The number of workers.').optional(),
  machineClass: text("The provider's name for the size of a machine.", 253),
  labels: stringMap('The labels of its nodes.'),
  taints: taints('The taints of its nodes.'),
});

export type NodePool = z.infer<typeof nodePool>;

const seconds = (description: string): z.ZodOptional<z.ZodInt> =>
  z.int().min(1).max(3_600).optional().meta({ description, format: 'int32' });

const health = z
  .object({
    periodSeconds: seconds('The time between two probes. The default is 30.'),
    timeoutSeconds: seconds('How long a probe may take. The default is 10.'),
    failureThreshold: count(
      'How many consecutive failures set a condition to False. The default is 3.',
      1,
      100,
    ).optional(),
    successThreshold: count(
      'How many consecutive successes set a condition back to True. The default is 2.',
      1,
      100,
    ).optional(),
  })
  .nullish()
  .meta({ description: 'How the health of the cluster is probed.' });

/** `namespace` is a reserved word of CEL, which escapes it like this. */
const PLACE = 'clusterAPI.__namespace__';
/** Absent and '' mean the same: the namespace of the installation, whose name only the controller knows. */
const isPlaced = (object: string): string =>
  `(has(${object}.clusterAPI) && has(${object}.${PLACE}) && ${object}.${PLACE} != '')`;
const namespaceStays: CelRule = {
  rule: `${isPlaced('self')} ? ${isPlaced('oldSelf')} && self.${PLACE} == oldSelf.${PLACE} : !${isPlaced('oldSelf')}`,
  message:
    "clusterAPI.namespace can't be changed: the cluster's Cluster API objects would stay behind in the old namespace",
};

const spec = z
  .object({
    tenantID: tenantID(),
    displayName: text('A human-readable name.', 256),
    description: text('What the cluster is for.', 4_096),
    type: z.enum(CLUSTER_TYPES).meta({
      description:
        'How the cluster is provisioned. Imported: it exists already. Local: it runs on the machine of the cluster controller. ClusterAPI: Cluster API provisions it.',
      ...cel(immutable('type')),
    }),
    plan: objectName('The ClusterPlan that provides what this object does not set.').optional(),
    version: kubernetesVersion('The Kubernetes version. Raise it to upgrade the cluster.').optional(),
    controlPlane: z
      .object({
        replicas: controlPlaneReplicas('The number of control plane replicas. An odd number.').optional(),
        machineClass: text("The provider's name for the size of a machine.", 253),
      })
      .nullish()
      .meta({ description: 'The control plane.' }),
    nodePools: z
      .array(nodePool)
      .max(50)
      .nullish()
      .meta({
        description: 'The pools of workers.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    clusterCIDR: cidr('The address range of pods.').optional(),
    serviceCIDR: cidr('The address range of services.').optional(),
    dnsDomain: text('The DNS domain of services. The default is cluster.local.', 253),
    publicAlternativeNames: z
      .array(z.string().min(1).max(253).meta({ description: 'A host name or address.' }))
      .max(50)
      .nullish()
      .meta({
        description:
          'Further names and addresses under which clients reach the API server. Its certificate includes them.',
      }),
    server: z
      .string()
      .max(2_048)
      .regex(/^https:\/\/[^/?#@]+(\/[^?#@]*)?$/, 'must be an address like https://10.0.0.1:6443')
      .optional()
      .meta({
        description: 'For an imported cluster: the URL of its API server.',
      }),
    kubeconfigSecret: objectName(
      'For an imported cluster: a Secret in the namespace of the installation, with a kubeconfig under the key value or kubeconfig, or with ca.crt and token. ' +
        `Its label ${TENANT_LABEL} must name the tenant.`,
    ).optional(),
    clusterCredentialRef: z
      .object({ name: objectName('The name of the ClusterCredential.') })
      .nullish()
      .meta({
        description:
          'For an imported cluster: a ClusterCredential with its certificate authority, and a token or client certificate.',
      }),
    clusterAPI: z
      .object({
        namespace: text(
          'The namespace of the Cluster API objects. If left out, the namespace of the installation. It cannot be changed.',
          63,
        ),
        class: clusterClass.optional(),
        variables: variables('Variables of the ClusterClass.'),
      })
      .nullish()
      .meta({ description: 'For a cluster of type ClusterAPI.' }),
    addons: addons('Addons of the cluster. No provider installs them: use hooks or a ClusterClass.'),
    hooks: hooks(),
    health,
    paused: z.boolean().optional().meta({
      description: 'Whether the controllers leave the cluster alone. They change nothing while this is true.',
    }),
    stopped: z.boolean().optional().meta({
      description:
        'For a cluster of type Local: whether its processes are stopped. Their data is kept. A new cluster is created first, then stopped.',
    }),
    deletionProtection: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the cluster is protected from deletion. A deletion waits until this is false.' }),
    ...originalFields,
    finalizers: specFinalizers(),
  })
  .meta({
    description: 'The desired state of the cluster.',
    ...cel(
      // The ranges of an imported cluster are not ours to choose.
      ...networkRules("self.type == 'Imported'"),
      namespaceStays,
      ...['clusterCIDR', 'serviceCIDR', 'dnsDomain', 'plan'].map((field) => ({
        rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
        message: `${field} can't be changed: a cluster keeps what it was created with`,
      })),
      {
        rule: "self.type != 'Imported' || !has(self.plan)",
        message: 'an imported cluster has no plan, because it exists already',
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
    'A Cluster is a Kubernetes cluster: one that exists and is imported, one that runs on the machine of the cluster controller, or one that Cluster API provisions.',
  spec,
  status: clusterStatus,
  rules: [
    { rule: `self.metadata.name != '${HUB}'`, message: `the name ${HUB} is reserved for the hub` },
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
