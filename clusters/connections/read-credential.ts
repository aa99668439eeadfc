/** Reads the credential of a cluster from the hub. */
import { secrets } from '../../api/kubernetes/core.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { clusterCredentials } from '../../api/platform/cluster-credential.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Credential, CredentialProblem } from './credential.ts';
import { resolveCredential } from './resolve-credential.ts';

/**
 * Returns the credential as the hub stores it now, or what is wrong with it. `namespace` is the namespace of the
 * installation, where the Secrets of clusters are. Throws when the hub cannot be read.
 */
export async function readCredential(
  client: Pick<Client, 'get'>,
  namespace: string,
  cluster: Cluster,
): Promise<Credential | CredentialProblem> {
  const secret = cluster.spec.kubeconfigSecret ?? cluster.status?.kubeconfigSecret ?? undefined;
  const reference = cluster.spec.clusterCredentialRef?.name;
  return resolveCredential(cluster, {
    secret: secret === undefined ? undefined : await client.get(secrets, { name: secret, namespace }),
    credential:
      secret !== undefined || reference === undefined
        ? undefined
        : await client.get(clusterCredentials, { name: reference }),
  });
}
