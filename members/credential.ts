/**
 * What reaches a member cluster: its address, its authority, and a token or client certificate; from a Secret or a
 * ClusterCredential. Pure. A kubeconfig comes from whoever may create a Cluster: what in it would run a program, read a
 * file or trust any server is refused.
 */
import { JSON_SCHEMA, load } from 'js-yaml';
import * as z from 'zod';
import type { Secret } from '../api/core.ts';
import type { ClusterCredential } from '../api/platform/cluster-credential.ts';
import type { Cluster } from '../api/platform/cluster.ts';
import { TENANT_LABEL } from '../api/platform/labels.ts';

/** PEM texts. */
export interface MemberCredential {
  readonly server: string;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  /** The user to be impersonated. */
  readonly impersonate: string | undefined;
}

/** Why there is none, for a condition. */
export interface CredentialProblem {
  readonly reason: string;
  readonly message: string;
}

export interface CredentialSources {
  /** The Secret that the cluster names, or that its provider wrote. */
  readonly secret: Secret | undefined;
  readonly credential: ClusterCredential | undefined;
}

/** The credential of a cluster, or what is wrong with it. */
export function credentialOf(cluster: Cluster, { secret, credential }: CredentialSources): MemberCredential | CredentialProblem {
  const named = cluster.spec.kubeconfigSecret ?? cluster.status?.kubeconfigSecret ?? undefined;
  if (named !== undefined) return fromSecret(cluster, named, secret);
  const reference = cluster.spec.clusterCredentialRef?.name;
  if (reference !== undefined) return fromCredential(cluster, reference, credential);
  return { reason: 'CredentialMissing', message: 'the cluster has no credential yet' };
}

export function isCredentialProblem(value: MemberCredential | CredentialProblem): value is CredentialProblem {
  return 'reason' in value;
}

function fromSecret(cluster: Cluster, name: string, secret: Secret | undefined): MemberCredential | CredentialProblem {
  const { spec } = cluster;
  if (secret === undefined) return { reason: 'SecretNotFound', message: `there is no Secret ${name} in the namespace of the installation` };
  if (secret.metadata.labels?.[TENANT_LABEL] !== spec.tenantID) {
    return {
      reason: 'SecretOfAnotherTenant',
      message: `Secret ${name} does not have the label ${TENANT_LABEL}=${spec.tenantID}: who may write Secrets there has to say whom it belongs to`,
    };
  }
  const text = decode(secret.data?.['value'] ?? secret.data?.['kubeconfig']);
  if (text !== undefined) return withServer(fromKubeconfig(text, `Secret ${name}`), spec.server);
  const ca = decode(secret.data?.['ca.crt']);
  const token = decode(secret.data?.['token'])?.trim();
  const [cert, key] = [decode(secret.data?.['tls.crt']), decode(secret.data?.['tls.key'])];
  return checked({ server: spec.server, ca, token, cert, key, where: `Secret ${name}` });
}

function fromCredential(cluster: Cluster, name: string, credential: ClusterCredential | undefined): MemberCredential | CredentialProblem {
  if (credential === undefined) return { reason: 'CredentialNotFound', message: `there is no ClusterCredential ${name}` };
  if (credential.tenantID !== cluster.spec.tenantID || credential.clusterName !== cluster.metadata.name) {
    return {
      reason: 'CredentialOfAnother',
      message: `ClusterCredential ${name} is for cluster ${credential.clusterName} of tenant ${credential.tenantID}: its tenantID and clusterName must be those of this cluster`,
    };
  }
  const found = checked({
    server: cluster.spec.server,
    ca: decode(credential.caCert ?? undefined),
    token: credential.token?.trim(),
    cert: decode(credential.clientCert ?? undefined),
    key: decode(credential.clientKey ?? undefined),
    where: `ClusterCredential ${name}`,
  });
  const groups = (credential['as-groups'] ?? []).length + Object.keys(credential['as-user-extra'] ?? {}).length;
  if (groups > 0) return { reason: 'CredentialRefused', message: `ClusterCredential ${name}: as-groups and as-user-extra are not supported; impersonate a user alone, with as` };
  return isCredentialProblem(found) ? found : { ...found, impersonate: credential.as };
}

interface Parts {
  readonly server: string | undefined;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly where: string;
}

function checked({ where, server, ...parts }: Parts): MemberCredential | CredentialProblem {
  const wrong = (message: string): CredentialProblem => ({ reason: 'CredentialInvalid', message: `${where}: ${message}` });
  if (server === undefined || server === '') return wrong('there is no address; set spec.server');
  if ((parts.token ?? '') === '' && (parts.cert === undefined || parts.key === undefined)) {
    return wrong('it holds neither a token nor a client certificate with its key');
  }
  for (const [name, text] of Object.entries({ ca: parts.ca, 'client certificate': parts.cert })) {
    if (text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----')) return wrong(`the ${name} is not a certificate in PEM`);
  }
  if (parts.token !== undefined && /[^\x21-\x7e]/.test(parts.token)) return wrong('the token holds a character that no header can carry');
  return { server, ...parts, servername: undefined, impersonate: undefined };
}

function withServer(found: MemberCredential | CredentialProblem, server: string | undefined): MemberCredential | CredentialProblem {
  return isCredentialProblem(found) || server === undefined ? found : { ...found, server };
}

const named = <T extends z.ZodType>(name: string, value: T): z.ZodArray<z.ZodObject> =>
  z.array(z.looseObject({ name: z.string(), [name]: value }));
const kubeconfig = z.looseObject({
  'current-context': z.string(),
  contexts: named('context', z.looseObject({ cluster: z.string(), user: z.string() })),
  clusters: named('cluster', z.record(z.string(), z.unknown())),
  users: named('user', z.record(z.string(), z.unknown())),
});

/** Fields of a kubeconfig that are heeded. Any other is refused: it may be one that changes who is asked or trusted. */
const CLUSTER_FIELDS = new Set(['server', 'certificate-authority-data', 'tls-server-name', 'extensions', 'disable-compression']);
const USER_FIELDS = new Set(['token', 'client-certificate-data', 'client-key-data', 'as', 'extensions']);

function fromKubeconfig(text: string, where: string): MemberCredential | CredentialProblem {
  const parsed = kubeconfig.safeParse(yamlOf(text));
  if (!parsed.success) return { reason: 'CredentialInvalid', message: `${where}: its kubeconfig can't be read` };
  const { contexts, clusters, users } = parsed.data;
  const context = pick(contexts, parsed.data['current-context'], 'context');
  const cluster = pick(clusters, String(context?.['cluster']), 'cluster');
  const user = pick(users, String(context?.['user']), 'user');
  if (cluster === undefined || user === undefined) {
    return { reason: 'CredentialInvalid', message: `${where}: the current-context of its kubeconfig names no cluster and user in it` };
  }
  const refused = [
    ...Object.keys(cluster).filter((field) => !CLUSTER_FIELDS.has(field)),
    ...Object.keys(user).filter((field) => !USER_FIELDS.has(field)),
  ];
  if (refused.length > 0) {
    return {
      reason: 'CredentialRefused',
      message: `${where}: its kubeconfig uses ${refused.join(', ')}; only certificates, keys and tokens that stand in it are taken (kubectl config view --raw --flatten --minify)`,
    };
  }
  const at = (from: Readonly<Record<string, unknown>>, field: string): string | undefined => decode(textOf(from[field]));
  const found = checked({
    server: textOf(cluster['server']), ca: at(cluster, 'certificate-authority-data'), token: textOf(user['token'])?.trim(),
    cert: at(user, 'client-certificate-data'), key: at(user, 'client-key-data'), where,
  });
  if (isCredentialProblem(found)) return found;
  if (!found.server.startsWith('https://')) return { reason: 'CredentialInvalid', message: `${where}: the server ${found.server} does not begin with https://` };
  return { ...found, servername: textOf(cluster['tls-server-name']), impersonate: textOf(user['as']) };
}

/** A parser's own message would show what stands around a mistake. */
function yamlOf(text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch {
    return undefined;
  }
}

function pick(list: readonly Record<string, unknown>[], name: string, field: string): Readonly<Record<string, unknown>> | undefined {
  return list.find((each) => each['name'] === name)?.[field] as Readonly<Record<string, unknown>> | undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
