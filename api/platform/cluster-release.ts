/** ClusterRelease: a Kubernetes version that is offered, and the versions to upgrade to from it. */
import * as z from 'zod';
import type { KubeObject } from '../object.ts';
import { cel, immutable } from '../schema/cel.ts';
import { AGE } from '../schema/columns.ts';
import { defineFlatKind } from '../schema/define-kind.ts';
import { text, time } from '../schema/fields.ts';
import { CLUSTER_TYPES, kubernetesVersion, stringMap, VERSION_PATTERN } from './fields.ts';

const spec = z
  .object({
    version: z
      .string()
      .max(63)
      .regex(VERSION_PATTERN, 'must be a version like v1.36.3')
      .meta({
        description: 'The Kubernetes version.',
        ...cel(immutable('version')),
      }),
    channel: text('The channel that the release is offered in, for example stable.', 63),
    description: text('Notes about the release.', 4_096),
    components: stringMap('The versions of its components, for example etcd, coredns and pause.'),
    upgrades: z.array(kubernetesVersion('A version.')).max(100).nullish().meta({
      description:
        'The versions to which a cluster of this release can be upgraded. If left out, any offered version of the same minor version or the next.',
    }),
    providers: z
      .array(z.enum(CLUSTER_TYPES).meta({ description: 'A provider.' }))
      .max(10)
      .nullish()
      .meta({
        description: 'The providers that offer the release. If left out, all do.',
        'x-kubernetes-list-type': 'set',
      }),
    supportedFrom: time('When the support starts. Until then, the release is not offered.').optional(),
    supportedUntil: time(
      'When the support ends. From then on, the release is not offered; existing clusters continue to run.',
    ).optional(),
    withdrawn: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the release is no longer offered. Existing clusters keep it.' }),
  })
  .meta({ description: 'The version, which cluster types it is offered for, and for how long.' });

/** It has no status, because no controller reconciles it. */
export type ClusterRelease = KubeObject & { readonly spec: z.infer<typeof spec> };

export const clusterReleases = defineFlatKind({
  group: 'platform.tkestack.io',
  kind: 'ClusterRelease',
  plural: 'clusterreleases',
  singular: 'clusterrelease',
  shortNames: ['crl'],
  description:
    'A ClusterRelease is a Kubernetes version that is offered, with the versions of its components, the dates of its support, and the versions to which a cluster can be upgraded from it.',
  fields: { spec },
  required: ['spec'],
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Channel', type: 'string', jsonPath: '.spec.channel' },
    { name: 'Supported Until', type: 'string', jsonPath: '.spec.supportedUntil' },
    { name: 'Withdrawn', type: 'boolean', jsonPath: '.spec.withdrawn', priority: 1 },
    AGE,
  ],
  selectable: ['.spec.version', '.spec.channel'],
});
