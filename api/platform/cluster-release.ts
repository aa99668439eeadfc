/** ClusterRelease: a Kubernetes version that clusters may have, and where one may go from it. */
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
    description: text('What is to be said of it.', 4_096),
    components: stringMap('Versions of what comes with it: etcd, coredns, pause and others.'),
    upgrades: z.array(kubernetesVersion('A version.')).max(100).nullish().meta({
      description:
        'The versions to which a cluster of this release may be upgraded. Without it: any offered one of this minor version or the next.',
    }),
    providers: z
      .array(z.enum(CLUSTER_TYPES).meta({ description: 'A provider.' }))
      .max(10)
      .nullish()
      .meta({ description: 'The providers that can make it; all when left out.', 'x-kubernetes-list-type': 'set' }),
    supportedFrom: time('From when on it is supported. Clusters that ask for it before are refused.').optional(),
    supportedUntil: time(
      'Until when it is supported. Clusters that have it then still run; new ones are refused.',
    ).optional(),
    withdrawn: z
      .boolean()
      .optional()
      .meta({ description: 'Whether it is no longer offered. Clusters that have it keep it.' }),
  })
  .meta({ description: 'The release.' });

/** Nobody has anything to say of one: it has no status. */
export type ClusterRelease = KubeObject & { readonly spec: z.infer<typeof spec> };

export const clusterReleases = defineFlatKind({
  group: 'platform.tkestack.io',
  kind: 'ClusterRelease',
  plural: 'clusterreleases',
  singular: 'clusterrelease',
  shortNames: ['crl'],
  description:
    'A ClusterRelease is a Kubernetes version that is offered, with the versions of its components, how long it is supported, and where a cluster can be upgraded from it.',
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
