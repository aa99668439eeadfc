/**
 * The keys of a local cluster. A Secret of the hub holds its CAs and the key that signs ServiceAccount tokens: with
 * them and the data of etcd, the cluster can be started again anywhere. Certificates are issued from them when they are
 * needed.
 */
import { type Secret, secrets } from '../../../api/kubernetes/core.ts';
import type { Cluster } from '../../../api/platform/cluster.ts';
import type { Client } from '../../../runtime/client/client.ts';
import { type Authority, createAuthority, generateSigningKey, loadAuthority } from '../../controlplane/certificates.ts';
import { own, secretFor } from '../secrets.ts';

export interface Pki {
  /** Signs the certificates of the API server and of its clients. */
  readonly authority: Authority;
  readonly etcdAuthority: Authority;
  readonly serviceAccountKey: string;
  /** Where the cluster's processes were started: see place.ts. */
  readonly place?: string | undefined;
}

/** The key of the place in the Secret. */
export const PLACE = 'place';

export function pkiSecretName(cluster: string): string {
  return `${cluster}-pki`;
}

/**
 * Returns the keys of a cluster, and creates them when it has none. Throws when the Secret belongs to something else.
 */
export async function ensurePki(client: Client, namespace: string, cluster: Cluster): Promise<Pki> {
  const known = await readPki(client, namespace, cluster);
  if (known !== undefined) return known;
  const ref = { name: pkiSecretName(cluster.metadata.name), namespace };
  const [authority, etcdAuthority] = [
    await createAuthority(`${cluster.metadata.name}-ca`),
    await createAuthority(`${cluster.metadata.name}-etcd-ca`),
  ];
  const secret = secretFor(cluster, ref, {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'etcd-ca.crt': etcdAuthority.cert,
    'etcd-ca.key': etcdAuthority.key,
    'service-account.key': generateSigningKey(),
  });
  return pkiOf(await client.create(secrets, secret));
}

/** Returns the keys of a cluster; undefined when it has none yet. Throws when the Secret belongs to something else. */
export async function readPki(
  client: Pick<Client, 'get'>,
  namespace: string,
  cluster: Cluster,
): Promise<Pki | undefined> {
  const known = await client.get(secrets, { name: pkiSecretName(cluster.metadata.name), namespace });
  return known === undefined ? undefined : pkiOf(own(known, cluster));
}

async function pkiOf({ data = {} }: Secret): Promise<Pki> {
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  return {
    authority: await loadAuthority({ cert: text('ca.crt'), key: text('ca.key') }),
    etcdAuthority: await loadAuthority({ cert: text('etcd-ca.crt'), key: text('etcd-ca.key') }),
    serviceAccountKey: text('service-account.key'),
    place: data[PLACE] === undefined ? undefined : text(PLACE),
  };
}
