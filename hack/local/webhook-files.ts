/**
 * Writes the files of the authorization webhook for a control plane on this machine: certificates for both sides, the
 * webhook kubeconfig, and the AuthorizationConfiguration of config/overlays/webhook-before-rbac with the path of that
 * kubeconfig.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HUB, PROCESS_NAMES, webhookPathOf } from '../../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import { AUTHORIZER_FILES, webhookKubeconfig } from '../../clusters/connections/authorization-files.ts';
import { type Authority, createAuthority } from '../../clusters/controlplane/certificates.ts';

export interface WebhookFiles {
  /** Signs the certificates of the authorizer and of the clusters that ask it. */
  readonly authority: Authority;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly kubeconfig: string;
  readonly authorizationConfig: string;
  /** The folder for the cluster controller's `--authorizer-directory`: what a new member cluster needs to ask this authorizer. */
  readonly memberClusterDirectory: string;
}

const OVERLAY = path.join(import.meta.dirname, '../../config/overlays/webhook-before-rbac/authorization.yaml');
const INSTALLED_KUBECONFIG = '/etc/kubernetes/steward/webhook.kubeconfig';

/** Writes the files below `directory`, for an authorizer at 127.0.0.1:`port`. */
export async function writeWebhookFiles(directory: string, port: number): Promise<WebhookFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(directory, name);
  const authority = await createAuthority('steward-authorizer-ca');
  const server = await authority.issue({
    commonName: PROCESS_NAMES.authorizer,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  await Promise.all([
    writeFile(at('ca.crt'), authority.cert),
    writeFile(at('tls.crt'), server.cert),
    writeFile(at('tls.key'), server.key, { mode: 0o600 }),
  ]);
  const kubeconfig = at('webhook.kubeconfig');
  await writeFile(
    kubeconfig,
    await issueWebhookKubeconfig(authority, HUB, `https://127.0.0.1:${port}${webhookPathOf(HUB)}`),
    {
      mode: 0o600,
    },
  );
  const authorizationConfig = at('authorization.yaml');
  await writeFile(authorizationConfig, (await readFile(OVERLAY, 'utf8')).replace(INSTALLED_KUBECONFIG, kubeconfig));
  const memberClusterDirectory = at('member-clusters');
  await writeMemberClusterFiles(memberClusterDirectory, authority);
  return {
    memberClusterDirectory,
    authority,
    certFile: at('tls.crt'),
    keyFile: at('tls.key'),
    caFile: at('ca.crt'),
    kubeconfig,
    authorizationConfig,
  };
}

async function writeMemberClusterFiles(directory: string, authority: Authority): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(path.join(directory, name), text, { mode: 0o600 });
  await write(AUTHORIZER_FILES.configuration, await readFile(OVERLAY, 'utf8'));
  await write(AUTHORIZER_FILES.ca, authority.cert);
  await write(AUTHORIZER_FILES.clientCa, authority.cert);
  await write(AUTHORIZER_FILES.clientCaKey, authority.key);
}

/** Returns the webhook kubeconfig of a cluster, with a new client certificate whose common name is the cluster's. */
export async function issueWebhookKubeconfig(authority: Authority, cluster: string, url: string): Promise<string> {
  const client = await authority.issue({
    commonName: cluster,
    organizations: [CLUSTER_ORGANIZATION],
    usages: ['client'],
  });
  return webhookKubeconfig({ server: url, ca: authority.cert, cluster, credential: client });
}
