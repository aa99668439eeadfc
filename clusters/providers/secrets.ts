/**
 * The Secrets that a provider writes on the hub for a cluster. A Secret of the same name that belongs to something else
 * is never touched.
 */
import { type Secret, secrets } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';

export interface SecretRef {
  readonly name: string;
  readonly namespace: string;
}

/** A Secret that the cluster owns, so that it is deleted with the cluster. `texts` are its values, not encoded. */
export function secretFor(cluster: Cluster, ref: SecretRef, texts: Readonly<Record<string, string>>): Secret {
  const { name, uid = '' } = cluster.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...ref,
      labels: { [CLUSTER_LABEL]: name, [TENANT_LABEL]: cluster.spec.tenantID },
      ownerReferences: [{ apiVersion: apiVersionOf(clusters), kind: clusters.kind, name, uid }],
    },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  };
}

/**
 * Returns the Secret if the cluster owns it. Throws when it belongs to something else, such as an earlier cluster of
 * the same name.
 */
export function own(secret: Secret, { metadata }: Cluster): Secret {
  if (isOwnedBy(secret, metadata.uid)) return secret;
  throw new Error(
    `Secret ${secret.metadata.namespace ?? ''}/${secret.metadata.name} already exists and was not created for this cluster: delete it, or choose another name for the cluster`,
  );
}

/**
 * Creates the Secret, or updates it where its data differ. `known` is the Secret as it is now. Throws when that belongs
 * to something else.
 */
export async function writeSecret(
  client: Pick<Client, 'create' | 'patch'>,
  cluster: Cluster,
  known: Secret | undefined,
  wanted: Secret,
): Promise<void> {
  const { name, namespace = '' } = wanted.metadata;
  if (known === undefined) await client.create(secrets, wanted);
  else if (!hasData(own(known, cluster), wanted))
    await client.patch(secrets, { name, namespace }, { type: 'merge', body: { data: wanted.data } });
}

function hasData({ data = {} }: Secret, wanted: Secret): boolean {
  return Object.entries(wanted.data ?? {}).every(([key, value]) => data[key] === value);
}

/** Deletes the Secret if the cluster owns it. */
export async function removeOwn(
  client: Pick<Client, 'get' | 'delete'>,
  { metadata }: Cluster,
  ref: SecretRef,
): Promise<void> {
  const known = await client.get(secrets, ref);
  if (known !== undefined && isOwnedBy(known, metadata.uid)) await client.delete(secrets, ref);
}

function isOwnedBy({ metadata }: Secret, uid: string | undefined): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid);
}
