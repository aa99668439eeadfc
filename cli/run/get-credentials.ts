/** A kubeconfig for a cluster in one's own name: the key is made here and never leaves this machine; the hub signs its certificate. */
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
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
import type { CredentialOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';

const LOOK_MS = 300;
const LIMIT_MS = 30_000;

export async function getCredentials(
  name: string,
  { file, hours = '8', ...options }: CredentialOptions,
): Promise<void> {
  const seconds = Math.round(Number(hours) * 3_600);
  if (!(seconds >= 600 && seconds <= MAX_CREDENTIAL_HOURS * 3_600))
    throw new InputError(`--hours ${hours}: at least a sixth of an hour, at most ${MAX_CREDENTIAL_HOURS} hours`);
  await withHub(options, async (client) => {
    const { key, request } = await createRequest('user');
    const answered = await untilAnswered(client, await ask(client, { name, request, seconds }), name);
    const { server, ca } = await addressOf(client, name);
    const cert = Buffer.from(answered.status?.certificate ?? '', 'base64').toString('utf8');
    const text = kubeconfigText(server, ca, { cert, key });
    if (file !== undefined) await writeFile(file, text, { mode: 0o600 });
    console.log(
      file === undefined
        ? text.trimEnd()
        : `${file} is a kubeconfig for ${name}, as ${answered.spec.username ?? ''}, until ${endOf(cert)}:\n  kubectl --kubeconfig ${file} get namespaces`,
    );
  });
}

/** What the certificate says itself: it may have less than was asked for. */
function endOf(cert: string): string {
  return new X509Certificate(cert).validToDate.toISOString();
}

interface Asked {
  readonly name: string;
  readonly request: string;
  readonly seconds: number;
}

function ask(client: Client, { name, request, seconds }: Asked): Promise<CertificateSigningRequest> {
  return client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: `credentials-${name}-${crypto.randomUUID().slice(0, 8)}` },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: signerOf(name),
      usages: ['client auth'],
      expirationSeconds: seconds,
    },
  });
}

async function untilAnswered(
  client: Client,
  { metadata }: CertificateSigningRequest,
  cluster: string,
): Promise<CertificateSigningRequest> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(LOOK_MS)) {
    const found = await client.get(certificateSigningRequests, { name: metadata.name });
    const refused = refusalOf(found);
    if (refused !== undefined)
      throw new InputError(
        [refused.message ?? 'the request was refused', ...(await adviceFor(client, cluster, refused.reason))].join(
          '\n',
        ),
      );
    if (found !== undefined && isSigned(found)) return found;
  }
  throw new InputError(
    `nobody has answered the CertificateSigningRequest ${metadata.name} within ${LIMIT_MS / 1_000} s: does the cluster controller run?`,
  );
}

type Verdict = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

function refusalOf(request: CertificateSigningRequest | undefined): Verdict | undefined {
  return request?.status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
}

function isSigned({ status }: CertificateSigningRequest): boolean {
  return (status?.certificate ?? '') !== '';
}

/** How users enter a cluster for which nobody here can sign. */
const OTHER_WAYS: Readonly<Partial<Record<ClusterType, string>>> = {
  Imported: `It was imported, and the authority of its clients stayed with its owner. Ask him for a kubeconfig in your own name: with a client certificate
that he has signed (kubernetes.io/kube-apiserver-client), or by the login that the cluster has (OIDC). So that Steward's policies apply to you there,
the credential has to name your tenant, as the group tenant:ID.`,
  ClusterAPI: `Its authority is in no Secret of Cluster API: it is not made yet (kubectl steward cluster NAME shows how far it is), or its control plane is
a cloud's own. Then log in as that cloud has it, with its own command for a kubeconfig.`,
};
const ASK = 'Ask who provides the cluster for a kubeconfig in your own name.';

/** Whoever may not see the cluster is told what is never wrong. */
async function adviceFor(client: Client, name: string, reason: string | undefined): Promise<string[]> {
  if (reason !== 'NoSigner') return [];
  const found = await client.get(clusters, { name }).catch(() => undefined);
  return [(found === undefined ? undefined : OTHER_WAYS[found.spec.type]) ?? ASK];
}

async function addressOf(client: Client, name: string): Promise<{ readonly server: string; readonly ca: string }> {
  const { server, caBundle } = (await client.get(clusters, { name }))?.status ?? {};
  if (typeof server !== 'string' || typeof caBundle !== 'string')
    throw new InputError(`the cluster ${name} does not say where it is yet`);
  return { server, ca: Buffer.from(caBundle, 'base64').toString('utf8') };
}
