/**
 * Finds the CA that signs client certificates of a cluster: kubeadm's control plane provider keeps it in the Secret
 * NAME-ca. Other control planes, such as those of a cloud, do not expose theirs.
 */
import { secrets } from '../../../api/kubernetes/core.ts';
import { type Authority, loadAuthority } from '../../controlplane/certificates.ts';
import type { StepContext } from '../provider.ts';
import { ownIn, placeOf } from './place.ts';
import { CLUSTER_NAME_LABEL } from './resources.ts';

/** Returns the CA with its key; undefined when the hub does not have it. */
export async function clientAuthority(
  context: Pick<StepContext, 'cluster' | 'client' | 'namespace'>,
): Promise<Authority | undefined> {
  const place = await placeOf(context);
  // A name alone proves nothing: this Cluster would give access to one that was created for something else.
  if (place === undefined || ownIn(place, context.cluster) === undefined) return undefined;
  const { name, namespace } = place;
  const secret = await context.client.get(secrets, { name: `${name}-ca`, namespace });
  const [cert, key] = ['tls.crt', 'tls.key'].map((field) =>
    Buffer.from(secret?.data?.[field] ?? '', 'base64').toString('utf8'),
  );
  if (secret?.metadata.labels?.[CLUSTER_NAME_LABEL] !== name || cert === undefined || key === undefined || key === '')
    return undefined;
  return loadAuthority({ cert, key });
}
