/** Connects to a cluster with the credential that the hub stores for it, and asks the cluster who it is. */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { withConnection } from '../connections/connection.ts';
import { type Credential, isCredentialProblem } from '../connections/credential.ts';
import { type Identity, identify, isConnectionProblem } from '../connections/identify.ts';
import { readCredential } from '../connections/read-credential.ts';
import { connectionFailed, failed, type StatusPart, type StepContext, type StepResult } from './provider.ts';

export type HubAndCluster = Pick<StepContext, 'client' | 'namespace' | 'cluster'>;

export interface ReachedCluster {
  readonly credential: Credential;
  readonly identity: Identity;
}

/**
 * Returns what the cluster answered; or, as the result of a step, why it did not. Throws when the hub cannot be read.
 */
export async function reachCluster({
  client,
  namespace,
  cluster,
}: HubAndCluster): Promise<ReachedCluster | StepResult> {
  const credential = await readCredential(client, namespace, cluster);
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const identity = await withConnection(credential, PROCESS_NAMES.cluster, (connection) =>
    identify(connection, credential.server),
  );
  return isConnectionProblem(identity) ? connectionFailed(identity) : { credential, identity };
}

/** Reaches the cluster with the kubeconfig in a Secret that its status does not name yet. */
export function reachWithSecret(
  context: HubAndCluster,
  kubeconfigSecret: string,
): Promise<ReachedCluster | StepResult> {
  const { cluster } = context;
  return reachCluster({ ...context, cluster: { ...cluster, status: { ...cluster.status, kubeconfigSecret } } });
}

/** The addresses in the status of a cluster whose API server is at `server`, a URL. */
export function addressesOf(server: string): NonNullable<StatusPart['addresses']> {
  const { hostname, port } = new URL(server);
  return [{ type: 'Advertise', host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port === '' ? 443 : port) }];
}

/** The status of a cluster that was reached with the kubeconfig in a Secret. `ca` is PEM. */
export function accessStatus(
  kubeconfigSecret: string,
  { server, ca }: Pick<Credential, 'server' | 'ca'>,
  { clusterID }: Identity,
): StatusPart {
  return {
    server,
    kubeconfigSecret,
    addresses: addressesOf(server),
    ...(ca === undefined ? {} : { caBundle: Buffer.from(ca).toString('base64') }),
    ...(clusterID === undefined ? {} : { clusterID }),
  };
}
