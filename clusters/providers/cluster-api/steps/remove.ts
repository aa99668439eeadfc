/** Removal: Cluster API removes what it made, then its Secrets go. What others made is left alone. */
import { ApiError } from '../../../../runtime/errors.ts';
import { done, failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { removeOwn } from '../../secrets.ts';
import { authorizationSecretName } from '../authorization.ts';
import { namespaceOf, ownIn, placeOf } from '../place.ts';
import { deletionProgress } from '../progress.ts';
import { refusalOf } from '../refusal.ts';
import { capiClusters } from '../resources.ts';
import { accessSecretName } from './ensure-access.ts';
import { setPaused } from './ensure-cluster.ts';
import { pausedByAnother } from './follow.ts';

const AGAIN_MS = 2_000;
/** The step that writes the Cluster, the one before it, and the one that removes it. */
export const APPLIED = 'ClusterApplied';
export const CLASS_FOUND = 'ClassFound';
export const REMOVED = 'ClusterRemoved';

export async function removeCluster(context: StepContext): Promise<StepResult> {
  const { cluster, client } = context;
  const place = await placeOf(context);
  if (place === undefined) return notServed(cluster);
  const observed = ownIn(place, cluster);
  if (observed === undefined) return done('Cluster API has no cluster that was made for it');
  const { namespace, name, apiVersion } = place;
  if (observed.pausedByUs) await setPaused(context, place, false);
  else if (observed.paused) return pausedByAnother(place);
  if (observed.isDeleted) return deletionProgress(observed);
  try {
    await client.delete(capiClusters(apiVersion), { name, namespace }, { uid: observed.uid });
  } catch (error) {
    const refused = refusalOf(error, 'to remove it');
    if (refused === undefined) throw error;
    return refused;
  }
  return waiting('ClusterAPIDeleting', `Cluster API removes the cluster ${namespace}/${name}`, AGAIN_MS);
}

/** With its kinds, the objects of Cluster API are gone, and its machines may be left. Nobody is to think that they are not. */
function notServed({ status }: StepContext['cluster']): StepResult {
  if (!mayBeMade(status)) return done('Cluster API is not there, and nothing was made with it');
  return failed(
    'ClusterAPIMissing',
    'the hub does not serve cluster.x-k8s.io any more, so that nobody removes the machines: install Cluster API again, or remove them yourself and then the finalizer of the Cluster',
  );
}

/** Only what comes after ClassFound writes; and a removal that has begun shows itself alone. */
const MADE_WITH: Readonly<Record<string, string>> = { [CLASS_FOUND]: 'True', [REMOVED]: 'False' };

/**
 * Whether the Cluster may have been written: its machines begin then, long before there is a version or a kubeconfig. A step
 * that is not done may have written all the same, also one whose process was killed before it could say so.
 */
function mayBeMade(status: StepContext['cluster']['status']): boolean {
  const { version, kubeconfigSecret } = status ?? {};
  if ([version, kubeconfigSecret].some((each) => each !== undefined && each !== null)) return true;
  return (status?.conditions ?? []).some(({ type, status: holds }) => type === APPLIED || holds === MADE_WITH[type]);
}

export async function removeSecrets({ client, namespace, cluster }: StepContext): Promise<StepResult> {
  const { name } = cluster.metadata;
  await removeOwn(client, cluster, { name: accessSecretName(name), namespace });
  try {
    await removeOwn(client, cluster, {
      name: authorizationSecretName(name),
      namespace: namespaceOf(cluster, namespace),
    });
  } catch (error) {
    // Where the controller may not read Secrets it never made one; and what it made, its ownerReference removes.
    if (!isForbidden(error)) throw error;
  }
  return done('its Secrets are removed');
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}
