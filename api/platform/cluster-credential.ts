/** ClusterCredential: how a cluster is reached and administered. As in the original, its fields are not below spec. */
import * as z from 'zod';
import type { KubeObject } from '../object.ts';
import { AGE } from '../schema/columns.ts';
import { defineFlatKind } from '../schema/define-kind.ts';
import { tenantID, text } from '../schema/fields.ts';
import { bytes } from './fields.ts';

const secretText = (description: string): z.ZodOptional<z.ZodNullable<z.ZodString>> =>
  z.string().max(100_000).nullish().meta({ description });

const fields = {
  tenantID: tenantID(),
  clusterName: z.string().min(1).max(253).meta({ description: 'The Cluster that it is for.' }),
  caCert: bytes('The authority of the API server.'),
  token: secretText('A bearer token.'),
  clientCert: bytes('A client certificate.'),
  clientKey: bytes('Its private key.'),
  username: text('A name for people.', 253),
  as: text('The user to be impersonated.', 1_024),
  'as-groups': z
    .array(z.string().max(1_024).meta({ description: 'A group.' }))
    .max(100)
    .nullish()
    .meta({ description: 'The groups to be impersonated.' }),
  'as-user-extra': z
    .record(
      z.string(),
      z.array(z.string().max(1_024).meta({ description: 'A value.' })).meta({ description: 'Values.' }),
    )
    .nullish()
    .meta({ description: 'Further attributes to be impersonated.' }),
  caKey: bytes("The private key of the cluster's authority."),
  etcdCACert: bytes('The authority of etcd.'),
  etcdCAKey: bytes('Its private key.'),
  etcdAPIClientCert: bytes('The client certificate for etcd.'),
  etcdAPIClientKey: bytes('Its private key.'),
  bootstrapToken: secretText('What new nodes join with.'),
  certificateKey: secretText('What unlocks the uploaded certificates.'),
};

export type ClusterCredential = KubeObject & z.infer<z.ZodObject<typeof fields>>;

export const clusterCredentials = defineFlatKind<typeof fields>({
  group: 'platform.tkestack.io',
  kind: 'ClusterCredential',
  plural: 'clustercredentials',
  singular: 'clustercredential',
  shortNames: ['cc'],
  description:
    'A ClusterCredential holds the CA and the token or client certificate of a cluster. Whoever reads it may do there what it may: give nobody the right who need not have it.',
  fields,
  required: ['tenantID', 'clusterName'],
  columns: [
    { name: 'Tenant', type: 'string', jsonPath: '.tenantID' },
    { name: 'Cluster', type: 'string', jsonPath: '.clusterName' },
    AGE,
  ],
  selectable: ['.tenantID', '.clusterName'],
});
