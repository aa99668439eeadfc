/** The fields that several kinds of group platform.tkestack.io share. Each function returns a schema with its description. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';
import { text } from '../schema/fields.ts';

/** How a cluster can be provisioned. Each has a provider. */
export const CLUSTER_TYPES = ['Imported', 'Local', 'ClusterAPI'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

/** `v1.36.3`, with or without the v. */
export const VERSION_PATTERN = /^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/;

export function kubernetesVersion(description: string): z.ZodString {
  return z.string().max(63).regex(VERSION_PATTERN, 'must be a version like v1.36.3').meta({ description });
}

/** A CIDR, for example `10.96.0.0/12`. */
export function cidr(description: string): z.ZodString {
  return z
    .string()
    .max(43)
    .meta({
      description,
      ...cel({ rule: "self == '' || isCIDR(self)", message: 'must be a CIDR like 10.96.0.0/12' }),
    });
}

export function count(description: string, minimum = 0, maximum = 10_000): z.ZodInt {
  return z.int().min(minimum).max(maximum).meta({ description, format: 'int32' });
}

/** An odd number, because etcd needs a majority: an even number of etcd members tolerates no more failures than one less. */
export function controlPlaneReplicas(description: string): z.ZodInt {
  return z
    .int()
    .min(1)
    .max(7)
    .meta({
      description,
      format: 'int32',
      ...cel({
        rule: 'self % 2 == 1',
        message: 'must be 1, 3, 5 or 7: etcd needs a majority, and an even number tolerates no more failures',
      }),
    });
}

const POOL_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export function poolName(): z.ZodString {
  return z.string().min(1).max(63).regex(POOL_NAME).meta({ description: 'The name of the pool.' });
}

const taint = z.object({
  key: z.string().min(1).max(316).meta({ description: 'The key.' }),
  value: z.string().max(63).optional().meta({ description: 'The value.' }),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .meta({ description: 'What happens to pods that do not tolerate the taint.' }),
  timeAdded: z.string().max(40).nullish().meta({ description: 'When the taint was added.' }),
});

export function taints(description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof taint>>> {
  return z.array(taint).max(100).nullish().meta({ description });
}

export function stringMap(description: string): z.ZodOptional<z.ZodNullable<z.ZodRecord<z.ZodString, z.ZodString>>> {
  return z
    .record(z.string(), z.string().max(4_096).meta({ description: 'A value.' }))
    .nullish()
    .meta({ description });
}

/** Base64, as Go writes `[]byte`. */
export function bytes(description: string): z.ZodOptional<z.ZodNullable<z.ZodString>> {
  return z.string().max(100_000).nullish().meta({ description, format: 'byte' });
}

const variable = z.object({
  name: z.string().min(1).max(256).meta({ description: 'The name of the variable in the ClusterClass.' }),
  value: z.unknown().meta({ description: 'The value: any JSON.', 'x-kubernetes-preserve-unknown-fields': true }),
});

export type Variable = z.infer<typeof variable>;

export function variables(description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof variable>>> {
  return z
    .array(variable)
    .max(200)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}

export type ClusterClassRef = z.infer<typeof clusterClass>;

/** A ClusterClass of Cluster API. */
export const clusterClass = z
  .object({
    name: z.string().min(1).max(253).meta({ description: 'The name of the ClusterClass.' }),
    namespace: z.string().max(63).optional().meta({
      description: 'The namespace of the ClusterClass. If left out, the namespace of the Cluster API objects.',
    }),
  })
  .meta({ description: 'The ClusterClass from which Cluster API creates the cluster.' });

const addon = z.object({
  name: z.string().min(1).max(253).meta({ description: 'The name of the addon.' }),
  version: text('The version of the addon.', 63),
  configMap: text('A ConfigMap with the manifests of the addon, in the namespace of the installation.', 253),
});

export function addons(description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof addon>>> {
  return z
    .array(addon)
    .max(100)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}
