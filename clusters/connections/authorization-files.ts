/**
 * The files with which the kube-apiserver of a member cluster calls the authorizer: its AuthorizationConfiguration, and
 * a webhook kubeconfig with a client certificate that names the cluster.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { dump, JSON_SCHEMA, load } from 'js-yaml';
import * as z from 'zod';
import { webhookPathOf } from '../../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import { certificateFor, ensureCertificate, writeWhole } from '../controlplane/certificate-files.ts';
import {
  type Authority,
  type CertificateRequest,
  type IssuedCertificate,
  loadAuthority,
} from '../controlplane/certificates.ts';
import { kubeconfigText, type UserFields } from '../controlplane/kubeconfig.ts';

/** The files in the directory that --authorizer-directory names. */
export const AUTHORIZER_FILES = {
  /** An AuthorizationConfiguration. Each cluster gets a copy with the path of its own webhook kubeconfig. */
  configuration: 'authorization.yaml',
  /** The CA of the authorizer's serving certificate. */
  ca: 'ca.crt',
  /** The CA from which the authorizer accepts the client certificates of clusters, with its key. */
  clientCa: 'client-ca.crt',
  clientCaKey: 'client-ca.key',
} as const;

export interface AuthorizerSource {
  /** https://HOST:PORT at which member clusters reach the authorizer. */
  readonly url: string;
  /** The directory with AUTHORIZER_FILES. */
  readonly directory: string;
}

export interface AuthorizationFiles {
  /** The path of the AuthorizationConfiguration. */
  readonly config: string;
  /** Content that a kube-apiserver reads only at its start. When it changes, the kube-apiserver must be restarted. */
  readonly depends: readonly string[];
}

const configuration = z.looseObject({
  authorizers: z.array(
    z.looseObject({
      type: z.string(),
      webhook: z.looseObject({ connectionInfo: z.looseObject({ kubeConfigFile: z.string() }) }).optional(),
    }),
  ),
});

/** Writes the files for a cluster into the directory `target`. Throws when a source file is missing or invalid. */
export async function writeAuthorization(
  { url, directory }: AuthorizerSource,
  cluster: string,
  target: string,
): Promise<AuthorizationFiles> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  const { authority, ca, configuration: text } = await readSource(directory);
  const client = await ensureCertificate(target, 'authorizer-client', authority, clientOf(cluster));
  const [kubeconfig, config] = [path.join(target, 'webhook.kubeconfig'), path.join(target, 'authorization.yaml')];
  await writeWhole(
    kubeconfig,
    webhookKubeconfig({
      server: serverOf(url, cluster),
      ca,
      cluster,
      credential: { 'client-certificate': client.cert, 'client-key': client.key },
    }),
  );
  await writeWhole(config, withKubeconfig(text, kubeconfig));
  return { config, depends: [client.fingerprint, ca] };
}

/** The same files as texts, for a kube-apiserver on another machine. The kubeconfig contains certificate and key. */
export interface AuthorizationTexts {
  readonly configuration: string;
  readonly kubeconfig: string;
  readonly client: IssuedCertificate;
  /** A digest of the texts. When it changes, the kube-apiserver must be restarted. */
  readonly revision: string;
}

export interface TextsFor {
  readonly cluster: string;
  /** The path of the kubeconfig on that machine. */
  readonly kubeconfigPath: string;
  /** The certificate that was issued before. It is reused while it is valid. */
  readonly known: IssuedCertificate | undefined;
}

/** Returns the files for a cluster as texts. Throws when a source file is missing or invalid. */
export async function authorizationTexts(
  { url, directory }: AuthorizerSource,
  { cluster, kubeconfigPath, known }: TextsFor,
): Promise<AuthorizationTexts> {
  const { authority, ca, configuration: text } = await readSource(directory);
  const client = await certificateFor(known, authority, clientOf(cluster));
  const texts = {
    configuration: withKubeconfig(text, kubeconfigPath),
    kubeconfig: webhookKubeconfig({ server: serverOf(url, cluster), ca, cluster, credential: client }),
  };
  return { ...texts, client, revision: createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16) };
}

async function readSource(
  directory: string,
): Promise<{ readonly authority: Authority; readonly ca: string; readonly configuration: string }> {
  const text = (name: string): Promise<string> => readFile(path.join(directory, name), 'utf8');
  const authority = await loadAuthority({
    cert: await text(AUTHORIZER_FILES.clientCa),
    key: await text(AUTHORIZER_FILES.clientCaKey),
  });
  return { authority, ca: await text(AUTHORIZER_FILES.ca), configuration: await text(AUTHORIZER_FILES.configuration) };
}

function clientOf(cluster: string): CertificateRequest {
  return { commonName: cluster, organizations: [CLUSTER_ORGANIZATION], usages: ['client'] };
}

function serverOf(url: string, cluster: string): string {
  return url + webhookPathOf(cluster);
}

export interface WebhookKubeconfig {
  /** The address of the webhook, with the path of the cluster. */
  readonly server: string;
  /** The CA of the authorizer's certificate, PEM. */
  readonly ca: string;
  readonly cluster: string;
  readonly credential: IssuedCertificate | UserFields;
}

/** Returns the kubeconfig with which the kube-apiserver of a cluster calls the webhook. */
export function webhookKubeconfig({ server, ca, cluster, credential }: WebhookKubeconfig): string {
  return kubeconfigText(server, ca, credential, { cluster: 'steward', user: cluster });
}

/** Replaces the kubeconfig path of every webhook in an AuthorizationConfiguration. */
function withKubeconfig(text: string, kubeconfig: string): string {
  const parsed = configuration.parse(load(text, { schema: JSON_SCHEMA }));
  const authorizers = parsed.authorizers.map((authorizer) =>
    authorizer.webhook === undefined
      ? authorizer
      : {
          ...authorizer,
          webhook: {
            ...authorizer.webhook,
            connectionInfo: { ...authorizer.webhook.connectionInfo, kubeConfigFile: kubeconfig },
          },
        },
  );
  return dump({ ...parsed, authorizers });
}
