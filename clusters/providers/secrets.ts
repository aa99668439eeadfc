/** Secrets that a provider makes on the hub for a cluster. One of the same name that is not its own is never touched. */
import { type Secret, secrets } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';

export interface SecretRef {
  readonly name: string;
  readonly namespace: string;
}

/** A Secret that belongs to a cluster, and goes with it. */
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

/** Throws when a Secret of that name belongs to something else: an earlier cluster of the name, or somebody's own. */
export function own(secret: Secret, { metadata }: Cluster): Secret {
  if ((secret.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid)) return secret;
  throw new Error(
    `Secret ${secret.metadata.namespace ?? ''}/${secret.metadata.name} is there already and was not made for this cluster: remove it, or name the cluster otherwise`,
  );
}

/** Removes a Secret that was made for a cluster. One that was there before it was never its own, and stays. */
export async function removeOwn(
  client: Pick<Client, 'get' | 'delete'>,
  { metadata }: Cluster,
  ref: SecretRef,
): Promise<void> {
  const known = await client.get(secrets, ref);
  const isOwn = known?.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true;
  if (isOwn) await client.delete(secrets, ref);
}
