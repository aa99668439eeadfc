/**
 * Steps that remove a cluster: Cluster API removes what it created, then the Secrets are deleted. Everything else is
 * left alone.
 */
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

const RETRY_MS = 2_000;
/**
 * The conditions of the step that writes the Cluster object, of the step before it, and of the step that removes it.
 */
export const APPLIED = 'ClusterApplied';
export const CLASS_FOUND = 'ClassFound';
export const REMOVED = 'ClusterRemoved';

export async function removeCluster(context: StepContext): Promise<StepResult> {
  const { cluster, client } = context;
  const place = await placeOf(context);
  if (place === undefined) return notServed(cluster);
  const observed = ownIn(place, cluster);
  if (observed === undefined) return done('Cluster API has no cluster to remove');
  const { namespace, name, apiVersion } = place;
  if (observed.pausedByUs) await setPaused(context, place, false);
  else if (observed.paused) return pausedByAnother(place);
  if (observed.isDeleted) return deletionProgress(observed);
  try {
    await client.delete(capiClusters(apiVersion), { name, namespace }, { uid: observed.uid });
  } catch (error) {
    const refused = refusalOf(error, 'the removal');
    if (refused === undefined) throw error;
    return refused;
  }
  return waiting('ClusterAPIDeleting', `Cluster API is removing the cluster ${namespace}/${name}`, RETRY_MS);
}

/**
 * When Cluster API is uninstalled, its objects are gone too, but the machines may still run. That must not look like a
 * removal.
 */
function notServed({ status }: StepContext['cluster']): StepResult {
  if (!mayExist(status)) return done('Cluster API is not installed, and has created nothing');
  return failed(
    'ClusterAPIMissing',
    'the hub no longer serves cluster.x-k8s.io, so nothing removes the machines: install Cluster API again, or remove the machines yourself and then the finalizer of the Cluster',
  );
}

/**
 * Conditions that show that the Cluster object may exist: only steps after ClassFound write it, and a removal shows
 * only its own.
 */
const CREATED_WITH: Readonly<Record<string, string>> = { [CLASS_FOUND]: 'True', [REMOVED]: 'False' };

/**
 * Whether the Cluster object may have been written. Machines start then, long before there is a version or a
 * kubeconfig. A step that is not done may still have written it, even when its process was killed before it could
 * report that.
 */
function mayExist(status: StepContext['cluster']['status']): boolean {
  const { version, kubeconfigSecret } = status ?? {};
  if ([version, kubeconfigSecret].some((each) => each !== undefined && each !== null)) return true;
  return (status?.conditions ?? []).some(({ type, status: holds }) => type === APPLIED || holds === CREATED_WITH[type]);
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
    // A controller that may not read Secrets here has never created one. Any other is deleted by its ownerReference.
    if (!isForbidden(error)) throw error;
  }
  return done('deleted the Secrets');
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}
