/**
 * How a member cluster asks the authorizer: a client certificate that names it, the webhook kubeconfig with it, and the
 * AuthorizationConfiguration of its kube-apiserver. Steward sets them up where it starts the kube-apiserver itself.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { JSON_SCHEMA, dump, load } from 'js-yaml';
import * as z from 'zod';
import { CLUSTER_ORGANIZATION } from '../api/platform/labels.ts';
import { ensureCertificate, writeWhole } from '../controlplane/certificate-files.ts';
import { loadAuthority } from '../controlplane/certificates.ts';

/** What the folder holds that the controller is told of with --authorizer-directory. */
export const AUTHORIZER_FILES = {
  /** An AuthorizationConfiguration; the path of the webhook's kubeconfig in it is put right. */
  configuration: 'authorization.yaml',
  /** The authority of the authorizer's own certificate. */
  ca: 'ca.crt',
  /** The authority that the authorizer accepts the certificates of clusters from, with its key. */
  clientCa: 'client-ca.crt',
  clientCaKey: 'client-ca.key',
} as const;

export interface AuthorizerSource {
  /** https://HOST:PORT of the authorizer, as member clusters reach it. */
  readonly url: string;
  /** The folder with AUTHORIZER_FILES. */
  readonly directory: string;
}

export interface AuthorizationFiles {
  /** The path of the AuthorizationConfiguration. */
  readonly config: string;
  /** What a kube-apiserver reads only once: when it changes, it has to start again. */
  readonly depends: readonly string[];
}

const configuration = z.looseObject({
  authorizers: z.array(
    z.looseObject({ type: z.string(), webhook: z.looseObject({ connectionInfo: z.looseObject({ kubeConfigFile: z.string() }) }).optional() }),
  ),
});

/** Writes the files for a cluster into `target`. Throws when the source lacks one. */
export async function writeAuthorization({ url, directory }: AuthorizerSource, cluster: string, target: string): Promise<AuthorizationFiles> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  const text = (name: string): Promise<string> => readFile(path.join(directory, name), 'utf8');
  const authority = await loadAuthority({ cert: await text(AUTHORIZER_FILES.clientCa), key: await text(AUTHORIZER_FILES.clientCaKey) });
  const client = await ensureCertificate(target, 'authorizer-client', authority, { commonName: cluster, organizations: [CLUSTER_ORGANIZATION], usages: ['client'] });
  const ca = await text(AUTHORIZER_FILES.ca);
  const [kubeconfig, config] = [path.join(target, 'webhook.kubeconfig'), path.join(target, 'authorization.yaml')];
  await writeWhole(kubeconfig, webhookKubeconfig({ server: `${url}/auth/authz/${cluster}`, ca, cluster, cert: client.cert, key: client.key }));
  await writeWhole(config, withKubeconfig(await text(AUTHORIZER_FILES.configuration), kubeconfig));
  return { config, depends: [client.fingerprint, ca] };
}

interface WebhookKubeconfig {
  readonly server: string;
  readonly ca: string;
  readonly cluster: string;
  /** Paths. */
  readonly cert: string;
  readonly key: string;
}

function webhookKubeconfig({ server, ca, cluster, cert, key }: WebhookKubeconfig): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'steward', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: cluster, user: { 'client-certificate': cert, 'client-key': key } }],
    contexts: [{ name: 'steward', context: { cluster: 'steward', user: cluster } }],
    'current-context': 'steward',
  });
}

/** The configuration with every webhook's kubeconfig at that path. */
function withKubeconfig(text: string, kubeconfig: string): string {
  const parsed = configuration.parse(load(text, { schema: JSON_SCHEMA }));
  const authorizers = parsed.authorizers.map((authorizer) =>
    authorizer.webhook === undefined
      ? authorizer
      : { ...authorizer, webhook: { ...authorizer.webhook, connectionInfo: { ...authorizer.webhook.connectionInfo, kubeConfigFile: kubeconfig } } },
  );
  return dump({ ...parsed, authorizers });
}
