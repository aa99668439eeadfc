/** The fields that the kinds around a cluster share. Each function makes a schema with its description. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';
import { text } from '../schema/fields.ts';

/** The ways in which a cluster comes to be; each is a provider. */
export const CLUSTER_TYPES = ['Imported', 'Local', 'ClusterAPI'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

/** `v1.36.3`, also without the v. */
export const VERSION_PATTERN = /^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/;

export function kubernetesVersion(description: string): z.ZodString {
  return z.string().max(63).regex(VERSION_PATTERN, 'must be a version like v1.36.3').meta({ description });
}

/** A range of addresses, `10.96.0.0/12`. */
export function cidr(description: string): z.ZodString {
  return z
    .string()
    .max(43)
    .meta({
      description,
      ...cel({ rule: "self == '' || isCIDR(self)", message: 'must be a range of addresses like 10.96.0.0/12' }),
    });
}

export function count(description: string, minimum = 0, maximum = 10_000): z.ZodInt {
  return z.int().min(minimum).max(maximum).meta({ description, format: 'int32' });
}

/** An odd number of members, so that a majority of etcd is left when one is away. */
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
        message: 'a control plane has 1, 3, 5 or 7 members: etcd needs a majority, which an even number makes no safer',
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
    .meta({ description: 'What becomes of pods that do not tolerate it.' }),
  timeAdded: z.string().max(40).nullish().meta({ description: 'When it was added.' }),
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
  name: z.string().min(1).max(256).meta({ description: 'The name of the variable, as the ClusterClass declares it.' }),
  value: z.unknown().meta({ description: 'Its value: any JSON.', 'x-kubernetes-preserve-unknown-fields': true }),
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
    namespace: z
      .string()
      .max(63)
      .optional()
      .meta({ description: 'Its namespace; that of the Cluster API objects when left out.' }),
  })
  .meta({ description: 'The ClusterClass from which Cluster API makes the cluster.' });

const addon = z.object({
  name: z.string().min(1).max(253).meta({ description: 'The name of the addon.' }),
  version: text('Its version.', 63),
  configMap: text('A ConfigMap with its manifests, in the namespace of the installation.', 253),
});

export function addons(description: string): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof addon>>> {
  return z
    .array(addon)
    .max(100)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
}
