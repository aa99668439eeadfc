/** Credentials of member clusters: the administrator's kubeconfig, and client certificates as a user requests them. */
import { dump } from 'js-yaml';
import { INSTALLATION_NAMESPACE, signerOf } from '../../api/installation.ts';
import type { CertificateSigningRequest } from '../../api/kubernetes/certificates.ts';
import { createRequest } from '../../clusters/controlplane/certificates.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { eventually } from './eventually.ts';

/** Returns the administrator's kubeconfig of a cluster that Steward created. */
export async function adminKubeconfig(stack: Stack, name: string): Promise<string> {
  const text = await stack.kubectl([
    'get',
    'secret',
    '-n',
    INSTALLATION_NAMESPACE,
    `${name}-kubeconfig`,
    '-o',
    'jsonpath={.data.value}',
  ]);
  return Buffer.from(text, 'base64').toString('utf8');
}

/**
 * Requests a client certificate of the cluster, with the kubectl flags `as` for the user. Returns the answered request
 * and the key.
 */
export async function requestCredentials(
  stack: Stack,
  cluster: string,
  as: readonly string[],
): Promise<{ answered: CertificateSigningRequest; key: string }> {
  const { key, request } = await createRequest('any-name');
  const name = (
    await stack.kubectl(
      [...as, 'create', '-o', 'name', '-f', '-'],
      dump({
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { generateName: 'credentials-' },
        spec: {
          request: Buffer.from(request).toString('base64'),
          signerName: signerOf(cluster),
          usages: ['client auth'],
          expirationSeconds: 3_600,
        },
      }),
    )
  ).trim();
  const answered = await eventually(`${name} is answered`, async () => {
    const found = JSON.parse(await stack.kubectl(['get', name, '-o', 'json'])) as CertificateSigningRequest;
    const isDenied = found.status?.conditions?.some(({ type }) => type === 'Denied') === true;
    return (isDenied || (found.status?.certificate ?? '') !== '') && found;
  });
  return { answered, key };
}

/**
 * Returns a kubeconfig with the certificate of an approved request. `admin` is a kubeconfig with the CA of the cluster.
 */
export function userKubeconfig(
  server: string,
  admin: string,
  { answered, key }: { answered: CertificateSigningRequest; key: string },
): string {
  const ca = Buffer.from(/certificate-authority-data: (\S+)/.exec(admin)?.[1] ?? '', 'base64').toString('utf8');
  const cert = Buffer.from(answered.status?.certificate ?? '', 'base64').toString('utf8');
  return kubeconfigText(server, ca, { cert, key });
}
