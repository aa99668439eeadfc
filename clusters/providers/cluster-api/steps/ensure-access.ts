/**
 * Step: a Secret of the hub contains a kubeconfig for the cluster, and the cluster accepts it. It is a copy of the
 * kubeconfig that Cluster API keeps, and is updated when Cluster API renews the certificate.
 */
import { type Secret, secrets } from '../../../../api/kubernetes/core.ts';
import { done, isStepResult, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { accessStatus, reachWithSecret } from '../../reach-cluster.ts';
import { secretFor, writeSecret } from '../../secrets.ts';
import { ownIn, placeOf } from '../place.ts';
import { refusalOf } from '../refusal.ts';
import { CLUSTER_NAME_LABEL } from '../resources.ts';
import { NOT_SERVED } from './ensure-class.ts';
import { clusterGone } from './follow.ts';

const RETRY_MS = 2_000;

/** Not `NAME-kubeconfig`: that is the Secret of Cluster API, which may be in the same namespace. */
export function accessSecretName(cluster: string): string {
  return `${cluster}-access`;
}

export async function ensureAccess(context: StepContext): Promise<StepResult> {
  const { cluster, namespace } = context;
  const kubeconfig = await kubeconfigOf(context);
  if (typeof kubeconfig !== 'string') return kubeconfig;
  const name = accessSecretName(cluster.metadata.name);
  await copy(context, name, kubeconfig);
  const reached = await reachWithSecret(context, name);
  if (isStepResult(reached)) return reached;
  return done(
    `Secret ${namespace}/${name} contains the kubeconfig that Cluster API created`,
    accessStatus(name, reached.credential, reached.identity),
  );
}

/** Returns the kubeconfig that Cluster API keeps, in base64; or why it cannot be read. */
async function kubeconfigOf(context: StepContext): Promise<string | StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  if (ownIn(place, context.cluster) === undefined) return clusterGone(place);
  const { namespace, name } = place;
  const ref = { name: `${name}-kubeconfig`, namespace };
  try {
    const secret = await context.client.get(secrets, ref);
    const value = secret?.metadata.labels?.[CLUSTER_NAME_LABEL] === name ? secret.data?.['value'] : undefined;
    return (
      value ?? waiting('KubeconfigMissing', `Cluster API has not written Secret ${namespace}/${ref.name} yet`, RETRY_MS)
    );
  } catch (error) {
    const refused = refusalOf(error, 'access to the kubeconfig');
    if (refused === undefined) throw error;
    return refused;
  }
}

async function copy({ client, namespace, cluster }: StepContext, name: string, value: string): Promise<void> {
  const wanted: Secret = { ...secretFor(cluster, { name, namespace }, {}), data: { value } };
  await writeSecret(client, cluster, await client.get(secrets, { name, namespace }), wanted);
}
