/**
 * Step: the hub has a kubeconfig for the cluster where its other parts look for it, and the cluster has answered to it.
 * It is a copy of the one that Cluster API keeps, and follows it when its certificate is renewed.
 */
import { PROCESS_NAMES } from '../../../../api/installation.ts';
import { type Secret, secrets } from '../../../../api/kubernetes/core.ts';
import { openConnection } from '../../../connections/connection.ts';
import { isCredentialProblem } from '../../../connections/credential.ts';
import { identify, isConnectionProblem } from '../../../connections/identify.ts';
import { readCredential } from '../../../connections/read-credential.ts';
import { connectionFailed, failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { own, secretFor } from '../../secrets.ts';
import { ownIn, placeOf } from '../place.ts';
import { refusalOf } from '../refusal.ts';
import { CLUSTER_NAME_LABEL } from '../resources.ts';
import { NOT_SERVED } from './ensure-class.ts';
import { clusterGone } from './follow.ts';

const USER_AGENT = PROCESS_NAMES.cluster;
const AGAIN_MS = 2_000;
const TIMEOUT_MS = 10_000;

/** Not `NAME-kubeconfig`: that is Cluster API's own, which may be in the same namespace. */
export function accessSecretName(cluster: string): string {
  return `${cluster}-access`;
}

export async function ensureAccess(context: StepContext): Promise<StepResult> {
  const { cluster, client, namespace } = context;
  const given = await kubeconfigOf(context);
  if (typeof given !== 'string') return given;
  const name = accessSecretName(cluster.metadata.name);
  await copy(context, name, given);
  const credential = await readCredential(client, namespace, {
    ...cluster,
    status: { ...cluster.status, kubeconfigSecret: name },
  });
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const member = openConnection(credential, USER_AGENT);
  try {
    const found = await identify(member, credential.server, TIMEOUT_MS);
    if (isConnectionProblem(found)) return connectionFailed(found);
    const { hostname, port } = new URL(credential.server);
    return {
      state: 'done',
      message: `the kubeconfig that Cluster API made for it is in Secret ${namespace}/${name}`,
      status: {
        server: credential.server,
        kubeconfigSecret: name,
        ...(credential.ca === undefined ? {} : { caBundle: Buffer.from(credential.ca).toString('base64') }),
        addresses: [
          { type: 'Advertise', host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port === '' ? 443 : port) },
        ],
        ...(found.clusterID === undefined ? {} : { clusterID: found.clusterID }),
      },
    };
  } finally {
    await member.close();
  }
}

/** What Cluster API keeps under `value`, in base64; or why that can't be had. */
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
      value ?? waiting('KubeconfigMissing', `Cluster API has not written Secret ${namespace}/${ref.name} yet`, AGAIN_MS)
    );
  } catch (error) {
    const refused = refusalOf(error, 'to show its kubeconfig');
    if (refused === undefined) throw error;
    return refused;
  }
}

async function copy({ client, namespace, cluster }: StepContext, name: string, value: string): Promise<void> {
  const wanted: Secret = { ...secretFor(cluster, { name, namespace }, {}), data: { value } };
  const known = await client.get(secrets, { name, namespace });
  if (known === undefined) await client.create(secrets, wanted);
  else if (own(known, cluster).data?.['value'] !== value)
    await client.patch(secrets, { name, namespace }, { type: 'merge', body: { data: wanted.data } });
}
