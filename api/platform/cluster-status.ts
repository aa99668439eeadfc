/** The status of a Cluster: fields of the original, and ours. */
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
      desired: count('How many there should be.'),
      ready: count('How many are ready.'),
      upToDate: count('How many have the wanted version.'),
    })
    .nullish()
    .meta({ description });

const address = z.object({
  type: z
    .enum(['Public', 'Advertise', 'Real', 'Internal', 'Support'])
    .meta({ description: 'For whom the address is.' }),
  host: z.string().max(253).meta({ description: 'The host.' }),
  port: z.int().min(0).max(65_535).meta({ description: 'The port.', format: 'int32' }),
  path: z.string().max(1_024).optional().meta({ description: 'The path.' }),
});

const int32 = (description: string): z.ZodOptional<z.ZodNullable<z.ZodInt>> =>
  z.int().nullish().meta({ description, format: 'int32' });
const original = text('As in the original.', 1_024).nullable();

export const ACTIONS = ['CREATE', 'UPGRADE', 'RESIZE', 'UPDATE', 'STOP', 'START', 'DELETE'] as const;
export type ActionType = (typeof ACTIONS)[number];

const lastAction = z
  .object({
    type: z.enum(ACTIONS).meta({ description: 'What is or was done.' }),
    state: z.enum(['in progress', 'succeeded', 'failed']).meta({ description: 'How far it is.' }),
    description: text('What is being done, or what went wrong.', 32_768),
    generation: z.int().min(0).meta({ description: 'The metadata.generation that asked for it.', format: 'int64' }),
    startedAt: time('When it began.'),
    finishedAt: time('When it ended.').optional(),
    from: text('The version before, of an upgrade.', 63),
  })
  .nullish()
  .meta({ description: 'What was done last to the cluster.' });

export const clusterStatus = z
  .object({
    phase: phase(CLUSTER_PHASES),
    conditions: conditions(60),
    observedGeneration: observedGeneration(),
    reason: text('Why the phase is so, in one word.').nullable(),
    message: text('Why the phase is so, for people.', 32_768).nullable(),
    lastAction,
    fromPlan: z.looseObject({}).nullish().meta({
      description:
        'What the plan said when the cluster was created. The cluster keeps it: a plan that is changed changes no cluster.',
    }),
    version: text('The Kubernetes version that the cluster has.', 63).nullable(),
    server: text('Where its API answers.', 2_048).nullable(),
    caBundle: bytes('The authority that signs the certificate of its API, PEM.'),
    clusterID: text('What the cluster is known by: the uid of its namespace kube-system.', 63).nullable(),
    kubeconfigSecret: text(
      "The Secret with the controller's own kubeconfig for the cluster, in the namespace of the installation.",
      253,
    ).nullable(),
    controlPlane: replicas('The members of the control plane.'),
    workers: replicas('The workers.'),
    ignoredFields: z
      .array(z.string().max(316).meta({ description: 'The path of a field.' }))
      .max(100)
      .nullish()
      .meta({ description: 'Fields of the spec that this provider does not use.' }),
    addresses: z.array(address).max(50).nullish().meta({ description: 'Where the cluster answers.' }),
    locked: z.boolean().nullish().meta({ description: 'As in the original.' }),
    resource: z.looseObject({}).nullish().meta({ description: 'Capacity of the nodes.' }),
    components: z.array(z.looseObject({})).max(50).nullish().meta({ description: 'Components of the cluster.' }),
    serviceCIDR: original,
    clusterCIDR: original,
    dnsIP: original,
    nodeCIDRMaskSize: int32('As in the original.'),
    nodeCIDRMaskSizeIPv4: int32('As in the original.'),
    nodeCIDRMaskSizeIPv6: int32('As in the original.'),
    registryIPs: z
      .array(z.string().max(253).meta({ description: 'An address.' }))
      .max(50)
      .nullish()
      .meta({ description: 'As in the original.' }),
    secondaryServiceCIDR: original,
    secondaryClusterCIDR: original,
    kubeVendor: text('Who made the cluster: TKE, EKS and so on; Other.', 63).nullable(),
    appVersion: original,
    componentPhase: original,
    clusterLevel: original,
  })
  .meta({ description: 'The state of the cluster. Written by its controllers.' });

/** The conditions that the health controller alone writes. */
export const HEALTH_CONDITIONS = ['Authorized', 'Healthy', 'Reachable'] as const;
export type HealthCondition = (typeof HEALTH_CONDITIONS)[number];

export function isHealthCondition(type: string): type is HealthCondition {
  return (HEALTH_CONDITIONS as readonly string[]).includes(type);
}
