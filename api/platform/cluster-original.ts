/** What the spec of a Cluster of the original system may hold beside what is used here: it applies unchanged. */
import * as z from 'zod';
import { text } from '../schema/fields.ts';
import { bytes, stringMap, taints } from './fields.ts';

const flag = (description: string): z.ZodOptional<z.ZodNullable<z.ZodBoolean>> =>
  z.boolean().nullish().meta({ description });
const port = (): z.ZodOptional<z.ZodInt> =>
  z.int().min(0).max(65_535).optional().meta({ description: 'The port.', format: 'int32' });

const login = {
  username: text('Who logs in.', 253),
  password: bytes('The password. Prefer a key.'),
  privateKey: bytes('The private key.'),
  passPhrase: bytes('What unlocks the private key.'),
};

const machine = z.object({
  ip: z.string().min(1).max(253).meta({ description: 'Its address.' }),
  port: port(),
  ...login,
  labels: stringMap('Labels of the node.'),
  taints: taints('Taints of the node.'),
  proxy: z
    .object({ type: text('SSHJumpServer or SOCKS5.', 63), ip: text('Its address.', 253), port: port(), ...login })
    .nullish()
    .meta({ description: 'What the machine is reached through.' }),
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
      .meta({ description: 'The address in front of the control plane: tke or thirdParty.' }),
    skipConditions: z
      .array(z.string().max(316).meta({ description: 'A condition type.' }))
      .max(100)
      .nullish()
      .meta({ description: 'Steps that are left out, by the type of their condition.' }),
    files: z
      .array(
        z.object({
          src: z.string().max(4_096).meta({ description: 'From.' }),
          dst: z.string().max(4_096).meta({ description: 'To.' }),
        }),
      )
      .max(1_000)
      .nullish()
      .meta({ description: 'Files that are copied to each machine.' }),
    hooks: stringMap('Commands at certain moments. Use spec.hooks, which runs Jobs and asks webhooks.'),
    csiOperator: z
      .object({ version: text('Its version.', 63) })
      .nullish()
      .meta({ description: 'The CSI operator.' }),
    authzWebhookAddr: z.looseObject({}).nullish().meta({ description: 'Where the cluster asks what may be done.' }),
    enableMetricsServer: flag('Whether the metrics server is installed.'),
    ipv6DualStack: flag('Whether pods and services have addresses of both families.'),
    enableCilium: flag('Whether Cilium is the network.'),
    containerRuntime: text('containerd or docker.', 63),
    upgrade: z
      .looseObject({})
      .nullish()
      .meta({ description: 'How nodes are upgraded: mode, and strategy with maxUnready and drainNodeBeforeUpgrade.' }),
  })
  .nullish()
  .meta({ description: 'Abilities of the cluster.' });

const properties = z
  .object({
    maxClusterServiceNum: z.int().nullish().meta({ description: 'How many services.', format: 'int32' }),
    maxNodePodNum: z.int().nullish().meta({ description: 'How many pods on a node.', format: 'int32' }),
    oversoldRatio: stringMap('How much more is promised than there is.'),
  })
  .nullish()
  .meta({ description: 'Sizes of the cluster.' });

const etcd = z
  .object({
    local: z.looseObject({}).nullish().meta({ description: 'etcd beside the kube-apiserver.' }),
    external: z.looseObject({}).nullish().meta({ description: 'etcd elsewhere.' }),
  })
  .nullish()
  .meta({ description: 'The store of the cluster.' });

/** Fields that apply, and of which the controller says that they have no effect where its provider does not use them. */
export const originalFields = {
  networkType: text('The network.', 63),
  networkDevice: text('The network device.', 63),
  features,
  properties,
  machines: machines('The machines of the control plane.'),
  scalingMachines: machines('Machines that join or leave.'),
  dockerExtraArgs: stringMap('Arguments for docker.'),
  kubeletExtraArgs: stringMap('Arguments for the kubelet.'),
  apiServerExtraArgs: stringMap('Arguments for the kube-apiserver.'),
  controllerManagerExtraArgs: stringMap('Arguments for the kube-controller-manager.'),
  schedulerExtraArgs: stringMap('Arguments for the kube-scheduler.'),
  etcd,
  hostnameAsNodename: z.boolean().optional().meta({ description: 'Whether nodes are named as their machines.' }),
  networkArgs: stringMap('Arguments for the network.'),
  bootstrapApps: z.looseObject({}).nullish().meta({ description: 'Applications that are installed at first.' }),
  appVersion: text('The version of the platform.', 63),
  clusterLevel: text('The size class of the cluster.', 63).nullable(),
};
