/**
 * Gets a kubeconfig for a member cluster: a new key, and a certificate that the hub signs for a
 * CertificateSigningRequest.
 */
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { signerOf } from '../../api/installation.ts';
import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  MAX_CREDENTIAL_HOURS,
} from '../../api/kubernetes/certificates.ts';
import { clusters } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { createRequest } from '../../clusters/controlplane/certificates.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import type { Client } from '../../runtime/client/client.ts';
import { InputError } from '../errors.ts';
import { clusterNamed } from './find.ts';

const POLL_MS = 300;
const TIMEOUT_MS = 30_000;
const MIN_SECONDS = 600;

export interface ClusterCredentials {
  /** The text of the kubeconfig, with the private key in it. */
  readonly kubeconfig: string;
  readonly user: string;
  /** RFC 3339, from the certificate: the hub may grant less time than was asked for. */
  readonly validUntil: string;
}

/** Credentials in the name of the hub's user. Throws InputError if they are refused. */
export async function credentialsFor(client: Client, cluster: string, seconds: number): Promise<ClusterCredentials> {
  const { key, request } = await createRequest('user');
  const signed = await untilSigned(client, cluster, await sendRequest(client, { cluster, request, seconds }));
  const { server, ca } = await addressOf(client, cluster);
  const cert = Buffer.from(signed.status?.certificate ?? '', 'base64').toString('utf8');
  return {
    kubeconfig: kubeconfigText(server, ca, { cert, key }),
    user: signed.spec.username ?? '',
    validUntil: new X509Certificate(cert).validToDate.toISOString(),
  };
}

interface CertificateOrder {
  readonly cluster: string;
  /** The PKCS #10 request, PEM. */
  readonly request: string;
  readonly seconds: number;
}

/** Throws InputError if the request is refused, or not answered in time. */
async function untilSigned(
  client: Client,
  cluster: string,
  { metadata }: CertificateSigningRequest,
): Promise<CertificateSigningRequest> {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end; await sleep(POLL_MS)) {
    const found = await client.get(certificateSigningRequests, { name: metadata.name });
    const refusal = refusalOf(found);
    if (refusal !== undefined) throw await refusalError(client, cluster, refusal);
    if (found !== undefined && (found.status?.certificate ?? '') !== '') return found;
  }
  throw new InputError(
    `the CertificateSigningRequest ${metadata.name} was not answered within ${TIMEOUT_MS / 1_000} s: is the cluster controller running?`,
  );
}

/** Seconds of validity from the text of --hours. Throws InputError outside the limits. */
export function secondsOf(hours: string): number {
  const seconds = Math.round(Number(hours) * 3_600);
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_CREDENTIAL_HOURS * 3_600))
    throw new InputError(
      `--hours ${hours}: must be from ${MIN_SECONDS / 60} minutes (0.17) to ${MAX_CREDENTIAL_HOURS} hours`,
    );
  return seconds;
}

function sendRequest(
  client: Client,
  { cluster, request, seconds }: CertificateOrder,
): Promise<CertificateSigningRequest> {
  return client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `credentials-${cluster}-${crypto.randomUUID().slice(0, 8)}` },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: signerOf(cluster),
      usages: ['client auth'],
      expirationSeconds: seconds,
    },
  });
}

type RequestCondition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

function refusalOf(request: CertificateSigningRequest | undefined): RequestCondition | undefined {
  return request?.status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
}

/** How users get into a cluster for which Steward cannot sign certificates. */
const OTHER_WAYS: Readonly<Partial<Record<ClusterType, string>>> = {
  Imported: `The cluster was imported, and the key that signs its client certificates stayed with its owner. Ask the owner for a kubeconfig in your
own name: with a client certificate that they signed (kubernetes.io/kube-apiserver-client), or through the cluster's login (OIDC). Steward's policies
apply to you there only if the credential names your tenant, as the group tenant:ID.`,
  ClusterAPI: `Cluster API has no Secret with the key that signs its client certificates: either the cluster is not created yet (kubectl steward cluster NAME
shows how far it is), or a cloud provider runs its control plane. In that case use the cloud's own command to get a kubeconfig.`,
};
const ASK_PROVIDER = 'Ask the people who provide the cluster for a kubeconfig in your own name.';

async function refusalError(client: Client, name: string, { message, reason }: RequestCondition): Promise<InputError> {
  const refused = message ?? 'the request was refused';
  if (reason !== 'NoSigner') return new InputError(refused);
  // A user who may not read the Cluster gets the advice that fits every type.
  const cluster = await client.get(clusters, { name }).catch(() => undefined);
  const way = cluster === undefined ? undefined : OTHER_WAYS[cluster.spec.type];
  return new InputError(`${refused}\n${way ?? ASK_PROVIDER}`);
}

async function addressOf(client: Client, name: string): Promise<{ readonly server: string; readonly ca: string }> {
  const { server, caBundle } = (await clusterNamed(client, name)).status ?? {};
  if (typeof server !== 'string' || typeof caBundle !== 'string')
    throw new InputError(`the cluster ${name} has no address yet; follow it with: kubectl steward cluster ${name}`);
  return { server, ca: Buffer.from(caBundle, 'base64').toString('utf8') };
}
