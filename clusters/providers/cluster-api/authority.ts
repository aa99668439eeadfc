/**
 * What signs the certificates of a cluster's clients: the authority that kubeadm's control plane provider keeps in the
 * Secret NAME-ca. Other control planes, a cloud's for one, keep theirs to themselves: then there is none.
 */
import { secrets } from '../../../api/kubernetes/core.ts';
import { type Authority, loadAuthority } from '../../controlplane/certificates.ts';
import type { StepContext } from '../provider.ts';
import { ownIn, placeOf } from './place.ts';
import { CLUSTER_NAME_LABEL } from './resources.ts';

export async function clientAuthority(
  context: Pick<StepContext, 'cluster' | 'client' | 'namespace'>,
): Promise<Authority | undefined> {
  const place = await placeOf(context);
  // By its name alone, a Cluster of ours would open one that was made for somebody else.
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
