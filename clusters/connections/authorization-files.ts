/**
 * How a member cluster asks the authorizer: a client certificate that names it, the webhook kubeconfig with it, and the
 * AuthorizationConfiguration of its kube-apiserver. Steward sets them up where it starts the kube-apiserver itself.
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
    z.looseObject({
      type: z.string(),
      webhook: z.looseObject({ connectionInfo: z.looseObject({ kubeConfigFile: z.string() }) }).optional(),
    }),
  ),
});

/** Writes the files for a cluster into `target`. Throws when the source lacks one. */
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
      user: { 'client-certificate': client.cert, 'client-key': client.key },
    }),
  );
  await writeWhole(config, withKubeconfig(text, kubeconfig));
  return { config, depends: [client.fingerprint, ca] };
}

/** The same for a kube-apiserver on another machine: texts, the kubeconfig with everything in it. */
export interface AuthorizationTexts {
  readonly configuration: string;
  readonly kubeconfig: string;
  readonly client: IssuedCertificate;
  /** Of what is in them: another one needs a restart of the kube-apiserver. */
  readonly revision: string;
}

export interface TextsFor {
  readonly cluster: string;
  /** Where the kubeconfig will be on that machine. */
  readonly kubeconfigPath: string;
  /** The certificate of last time, which stays while it is good. */
  readonly known: IssuedCertificate | undefined;
}

/** Throws when the source lacks a file. */
export async function authorizationTexts(
  { url, directory }: AuthorizerSource,
  { cluster, kubeconfigPath, known }: TextsFor,
): Promise<AuthorizationTexts> {
  const { authority, ca, configuration: text } = await readSource(directory);
  const client = await certificateFor(known, authority, clientOf(cluster));
  const user = { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) };
  const texts = {
    configuration: withKubeconfig(text, kubeconfigPath),
    kubeconfig: webhookKubeconfig({ server: serverOf(url, cluster), ca, cluster, user }),
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

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export interface WebhookKubeconfig {
  readonly server: string;
  readonly ca: string;
  readonly cluster: string;
  /** Certificate and key, as the fields of a kubeconfig. */
  readonly user: Readonly<Record<string, string>>;
}

/** The webhook kubeconfig of a cluster's kube-apiserver, as text. */
export function webhookKubeconfig({ server, ca, cluster, user }: WebhookKubeconfig): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'steward', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: cluster, user }],
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
