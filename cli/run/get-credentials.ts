/** A kubeconfig for a cluster in one's own name: the key is made here and never leaves this machine; the hub signs its certificate. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CertificateSigningRequest, certificateSigningRequests } from '../../api/certificates.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { createRequest } from '../../controlplane/certificates.ts';
import { kubeconfigText } from '../../controlplane/components.ts';
import type { Client } from '../../runtime/client.ts';
import type { CredentialOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';

const LOOK_MS = 300;
const LIMIT_MS = 30_000;

export async function getCredentials(name: string, { file, hours = '8', ...options }: CredentialOptions): Promise<void> {
  const seconds = Math.round(Number(hours) * 3_600);
  if (!(seconds >= 600)) throw new InputError(`--hours ${hours}: at least a sixth of an hour`);
  await withHub(options, async (client) => {
    const { key, request } = await createRequest('user');
    const answered = await untilAnswered(client, await ask(client, { name, request, seconds }));
    const { server, ca } = await addressOf(client, name);
    const cert = Buffer.from(answered.status?.certificate ?? '', 'base64').toString('utf8');
    const text = kubeconfigText(server, ca, { cert, key });
    if (file !== undefined) await writeFile(file, text, { mode: 0o600 });
    console.log(file === undefined ? text.trimEnd() : `${file} is a kubeconfig for ${name}, as ${answered.spec.username ?? ''}, for ${hours} hours:\n  kubectl --kubeconfig ${file} get namespaces`);
  });
}

interface Asked {
  readonly name: string;
  readonly request: string;
  readonly seconds: number;
}

function ask(client: Client, { name, request, seconds }: Asked): Promise<CertificateSigningRequest> {
  return client.create(certificateSigningRequests, {
    apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: `credentials-${name}-${crypto.randomUUID().slice(0, 8)}` },
    spec: { request: Buffer.from(request).toString('base64'), signerName: `platform.tkestack.io/${name}`, usages: ['client auth'], expirationSeconds: seconds },
  });
}

async function untilAnswered(client: Client, { metadata }: CertificateSigningRequest): Promise<CertificateSigningRequest> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(LOOK_MS)) {
    const found = await client.get(certificateSigningRequests, { name: metadata.name });
    if (found !== undefined && isSigned(found)) return found;
  }
  throw new InputError(`nobody has answered the CertificateSigningRequest ${metadata.name} within ${LIMIT_MS / 1_000} s: does the cluster controller run?`);
}

/** Throws InputError when it was refused. */
function isSigned({ status = {} }: CertificateSigningRequest): boolean {
  const refused = (status.conditions ?? []).find(({ type }) => type === 'Denied' || type === 'Failed');
  if (refused !== undefined) throw new InputError(refused.message ?? 'the request was refused');
  return (status.certificate ?? '') !== '';
}

async function addressOf(client: Client, name: string): Promise<{ readonly server: string; readonly ca: string }> {
  const { server, caBundle } = (await client.get(clusters, { name }))?.status ?? {};
  if (typeof server !== 'string' || typeof caBundle !== 'string') throw new InputError(`the cluster ${name} does not say where it is yet`);
  return { server, ca: Buffer.from(caBundle, 'base64').toString('utf8') };
}
