/** ClusterCredential: credentials of a cluster. As in TKEStack, the fields are beside metadata, not under spec. */
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
  clusterName: z.string().min(1).max(253).meta({ description: 'The name of the Cluster.' }),
  caCert: bytes('The certificate authority of the API server.'),
  token: secretText('A bearer token.'),
  clientCert: bytes('A client certificate.'),
  clientKey: bytes('The private key that belongs to it.'),
  username: text('A human-readable name.', 253),
  as: text('The user to impersonate.', 1_024),
  'as-groups': z
    .array(z.string().max(1_024).meta({ description: 'A group.' }))
    .max(100)
    .nullish()
    .meta({ description: 'The groups to impersonate.' }),
  'as-user-extra': z
    .record(
      z.string(),
      z.array(z.string().max(1_024).meta({ description: 'A value.' })).meta({ description: 'Values.' }),
    )
    .nullish()
    .meta({ description: 'The extra attributes to impersonate.' }),
  caKey: bytes("The private key of the cluster's certificate authority."),
  etcdCACert: bytes('The certificate authority of etcd.'),
  etcdCAKey: bytes('The private key that belongs to it.'),
  etcdAPIClientCert: bytes('The client certificate for etcd.'),
  etcdAPIClientKey: bytes('The private key that belongs to it.'),
  bootstrapToken: secretText('The token with which new nodes join.'),
  certificateKey: secretText('The key that decrypts the uploaded certificates.'),
};

export type ClusterCredential = KubeObject & z.infer<z.ZodObject<typeof fields>>;

export const clusterCredentials = defineFlatKind<typeof fields>({
  group: 'platform.tkestack.io',
  kind: 'ClusterCredential',
  plural: 'clustercredentials',
  singular: 'clustercredential',
  shortNames: ['cc'],
  description:
    'A ClusterCredential holds the certificate authority of a cluster, and a token or client certificate for it. Anyone who can read it can use it, so restrict access to it.',
  fields,
  required: ['tenantID', 'clusterName'],
  columns: [
    { name: 'Tenant', type: 'string', jsonPath: '.tenantID' },
    { name: 'Cluster', type: 'string', jsonPath: '.clusterName' },
    AGE,
  ],
  selectable: ['.tenantID', '.clusterName'],
});
