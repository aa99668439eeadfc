/** Fields of a TKEStack Cluster that have no effect here. They are accepted, so that its manifests apply unchanged. */
import * as z from 'zod';
import { text } from '../schema/fields.ts';
import { bytes, stringMap, taints } from './fields.ts';

const flag = (description: string): z.ZodOptional<z.ZodNullable<z.ZodBoolean>> =>
  z.boolean().nullish().meta({ description });
const port = (): z.ZodOptional<z.ZodInt> =>
  z.int().min(0).max(65_535).optional().meta({ description: 'The port.', format: 'int32' });

const login = {
  username: text('The user who logs in.', 253),
  password: bytes('The password. Prefer a key.'),
  privateKey: bytes('The private key.'),
  passPhrase: bytes('The passphrase of the private key.'),
};

const machine = z.object({
  ip: z.string().min(1).max(253).meta({ description: 'The address.' }),
  port: port(),
  ...login,
  labels: stringMap('The labels of the node.'),
  taints: taints('The taints of the node.'),
  proxy: z
    .object({ type: text('SSHJumpServer or SOCKS5.', 63), ip: text('The address.', 253), port: port(), ...login })
    .nullish()
    .meta({ description: 'The proxy for the connection to the machine.' }),
});

const machines = (description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof machine>>> =>
  z.array(machine).max(5_000).nullish().meta({ description });

const features = z
  .object({
    ipvs: flag('Whether kube-proxy uses IPVS.'),
    publicLB: flag('Whether the cluster has a public load balancer.'),
    internalLB: flag('Whether the cluster has an internal load balancer.'),
    gpuType: text('Physical or Virtual.', 63).nullable(),
    enableMasterSchedule: flag('Whether pods may run on the control plane.'),
    ha: z
      .looseObject({})
      .nullish()
      .meta({ description: 'The load balancer in front of the control plane: tke or thirdParty.' }),
    skipConditions: z
      .array(z.string().max(316).meta({ description: 'A condition type.' }))
      .max(100)
      .nullish()
      .meta({ description: 'Steps to skip, by the type of their condition.' }),
    files: z
      .array(
        z.object({
          src: z.string().max(4_096).meta({ description: 'The source path.' }),
          dst: z.string().max(4_096).meta({ description: 'The destination path.' }),
        }),
      )
      .max(1_000)
      .nullish()
      .meta({ description: 'Files to copy to each machine.' }),
    hooks: stringMap('Commands to run on events. Use spec.hooks instead, which runs Jobs and calls webhooks.'),
    csiOperator: z
      .object({ version: text('The version.', 63) })
      .nullish()
      .meta({ description: 'The CSI operator.' }),
    authzWebhookAddr: z.looseObject({}).nullish().meta({ description: 'The address of the authorization webhook.' }),
    enableMetricsServer: flag('Whether the metrics server is installed.'),
    ipv6DualStack: flag('Whether pods and services have addresses of both families.'),
    enableCilium: flag('Whether Cilium provides the network.'),
    containerRuntime: text('containerd or docker.', 63),
    upgrade: z
      .looseObject({})
      .nullish()
      .meta({ description: 'How nodes are upgraded: mode, and strategy with maxUnready and drainNodeBeforeUpgrade.' }),
  })
  .nullish()
  .meta({ description: 'Optional features of the cluster.' });

const properties = z
  .object({
    maxClusterServiceNum: z.int().nullish().meta({ description: 'The maximum number of services.', format: 'int32' }),
    maxNodePodNum: z.int().nullish().meta({ description: 'The maximum number of pods on a node.', format: 'int32' }),
    oversoldRatio: stringMap('The overcommit ratio by resource.'),
  })
  .nullish()
  .meta({ description: 'Limits of the cluster.' });

const etcd = z
  .object({
    local: z.looseObject({}).nullish().meta({ description: 'etcd on the machines of the control plane.' }),
    external: z.looseObject({}).nullish().meta({ description: 'etcd on other machines.' }),
  })
  .nullish()
  .meta({ description: 'The etcd of the cluster.' });

/** A provider that does not use one of these lists it in status.ignoredFields. */
export const originalFields = {
  networkType: text('The type of the network.', 63),
  networkDevice: text('The network device.', 63),
  features,
  properties,
  machines: machines('The machines of the control plane.'),
  scalingMachines: machines('Machines that are being added or removed.'),
  dockerExtraArgs: stringMap('Arguments for docker.'),
  kubeletExtraArgs: stringMap('Arguments for the kubelet.'),
  apiServerExtraArgs: stringMap('Arguments for the kube-apiserver.'),
  controllerManagerExtraArgs: stringMap('Arguments for the kube-controller-manager.'),
  schedulerExtraArgs: stringMap('Arguments for the kube-scheduler.'),
  etcd,
  hostnameAsNodename: z
    .boolean()
    .optional()
    .meta({ description: 'Whether nodes have the host names of their machines.' }),
  networkArgs: stringMap('Arguments for the network.'),
  bootstrapApps: z
    .looseObject({})
    .nullish()
    .meta({ description: 'Applications to install when the cluster is created.' }),
  appVersion: text('The version of the platform.', 63),
  clusterLevel: text('The size class of the cluster.', 63).nullable(),
};
