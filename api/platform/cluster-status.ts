/** The status of a Cluster: the fields of TKEStack, and our own. */
import * as z from 'zod';
import { text, time } from '../schema/fields.ts';
import { conditions, observedGeneration, phase } from '../schema/status.ts';
import { bytes, count } from './fields.ts';

export const CLUSTER_PHASES = [
  'Initializing',
  'Waiting',
  'Running',
  'Failed',
  'Confined',
  'Idling',
  'Upgrading',
  'Terminating',
  'Upscaling',
  'Downscaling',
  'Recovering',
] as const;
export type ClusterPhase = (typeof CLUSTER_PHASES)[number];

const replicas = (
  description: string,
): z.ZodOptional<z.ZodNullable<z.ZodObject<Record<'desired' | 'ready' | 'upToDate', z.ZodInt>>>> =>
  z
    .object({
      desired: count('The desired number.'),
      ready: count('The number that is ready.'),
      upToDate: count('The number that has the desired version.'),
    })
    .nullish()
    .meta({ description });

const address = z.object({
  type: z
    .enum(['Public', 'Advertise', 'Real', 'Internal', 'Support'])
    .meta({ description: 'The purpose of the address.' }),
  host: z.string().max(253).meta({ description: 'The host.' }),
  port: z.int().min(0).max(65_535).meta({ description: 'The port.', format: 'int32' }),
  path: z.string().max(1_024).optional().meta({ description: 'The path.' }),
});

const int32 = (description: string): z.ZodOptional<z.ZodNullable<z.ZodInt>> =>
  z.int().nullish().meta({ description, format: 'int32' });
const original = text('As in TKEStack.', 1_024).nullable();

export const ACTIONS = ['CREATE', 'UPGRADE', 'RESIZE', 'UPDATE', 'STOP', 'START', 'DELETE'] as const;
export type ActionType = (typeof ACTIONS)[number];

const lastAction = z
  .object({
    type: z.enum(ACTIONS).meta({ description: 'The type of the action.' }),
    state: z.enum(['in progress', 'succeeded', 'failed']).meta({ description: 'The state of the action.' }),
    description: text('The current step, or what went wrong.', 32_768),
    generation: z
      .int()
      .min(0)
      .meta({ description: 'The metadata.generation that requested the action.', format: 'int64' }),
    startedAt: time('When the action started.'),
    finishedAt: time('When the action ended.').optional(),
    from: text('For an upgrade, the version before it.', 63),
  })
  .nullish()
  .meta({ description: 'The current action on the cluster, or the last one.' });

export const clusterStatus = z
  .object({
    phase: phase(CLUSTER_PHASES),
    conditions: conditions(60),
    observedGeneration: observedGeneration(),
    reason: text('Why the cluster is in this phase, in one word.').nullable(),
    message: text('Why the cluster is in this phase, in a sentence.', 32_768).nullable(),
    lastAction,
    fromPlan: z.looseObject({}).nullish().meta({
      description:
        'The settings of the plan when the cluster was created. The cluster keeps them when the plan changes.',
    }),
    version: text('The current Kubernetes version of the cluster.', 63).nullable(),
    server: text('The URL of the API server.', 2_048).nullable(),
    caBundle: bytes('The certificate authority of the API server, as PEM in base64.'),
    clusterID: text('The identity of the cluster: the uid of its namespace kube-system.', 63).nullable(),
    kubeconfigSecret: text(
      "The Secret with the controller's own kubeconfig for the cluster. It is in the namespace of the installation.",
      253,
    ).nullable(),
    controlPlane: replicas('The control plane replicas.'),
    workers: replicas('The workers.'),
    ignoredFields: z
      .array(z.string().max(316).meta({ description: 'The path of a field.' }))
      .max(100)
      .nullish()
      .meta({ description: 'The fields of the spec that have no effect with this provider.' }),
    addresses: z.array(address).max(50).nullish().meta({ description: 'The addresses of the cluster.' }),
    locked: z.boolean().nullish().meta({ description: 'As in TKEStack.' }),
    resource: z.looseObject({}).nullish().meta({ description: 'The capacity of the nodes.' }),
    components: z.array(z.looseObject({})).max(50).nullish().meta({ description: 'The components of the cluster.' }),
    serviceCIDR: original,
    clusterCIDR: original,
    dnsIP: original,
    nodeCIDRMaskSize: int32('As in TKEStack.'),
    nodeCIDRMaskSizeIPv4: int32('As in TKEStack.'),
    nodeCIDRMaskSizeIPv6: int32('As in TKEStack.'),
    registryIPs: z
      .array(z.string().max(253).meta({ description: 'An address.' }))
      .max(50)
      .nullish()
      .meta({ description: 'As in TKEStack.' }),
    secondaryServiceCIDR: original,
    secondaryClusterCIDR: original,
    kubeVendor: text('The vendor of the cluster, for example TKE or EKS, or Other.', 63).nullable(),
    appVersion: original,
    componentPhase: original,
    clusterLevel: original,
  })
  .meta({ description: 'The observed state of the cluster. Written by its controllers.' });

/** The conditions that only the cluster health controller writes. */
export const HEALTH_CONDITIONS = ['Authorized', 'Healthy', 'Reachable'] as const;
export type HealthCondition = (typeof HEALTH_CONDITIONS)[number];

export function isHealthCondition(type: string): type is HealthCondition {
  return (HEALTH_CONDITIONS as readonly string[]).includes(type);
}
