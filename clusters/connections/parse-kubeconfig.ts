/**
 * Parses a kubeconfig from an untrusted author into a credential. Pure. Only data inside the kubeconfig is used. A
 * field that would run a program, read a file, trust any server or use a proxy is refused by name, and so is every
 * unknown field.
 */
import * as z from 'zod';
import { parseYaml } from '../../runtime/client/parse-yaml.ts';
import { type Credential, type CredentialProblem, checkedParts } from './credential.ts';

const entries = (field: string, value: z.ZodType): z.ZodArray<z.ZodObject> =>
  z.array(z.looseObject({ name: z.string(), [field]: value }));
const fields = z.record(z.string(), z.unknown());
const contexts = z.array(
  z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }),
);
const kubeconfig = z.looseObject({
  'current-context': z.string(),
  contexts,
  clusters: entries('cluster', fields.nullable()),
  users: entries('user', fields.nullable()),
});

/** The fields that are used. Their values are strings. */
const CLUSTER_TEXTS = ['server', 'certificate-authority-data', 'tls-server-name'];
const USER_TEXTS = ['token', 'client-certificate-data', 'client-key-data', 'as'];
/** Fields that change neither what is requested nor which server is trusted. */
const HARMLESS = ['extensions', 'disable-compression'];

type Fields = Readonly<Record<string, unknown>>;

/** Returns the credential of the current context, or what is wrong with it. `where` names the source, for messages. */
export function parseKubeconfig(text: string, where: string): Credential | CredentialProblem {
  const invalid = (message: string): CredentialProblem => ({
    reason: 'CredentialInvalid',
    message: `${where}: ${message}`,
  });
  const parsed = kubeconfig.safeParse(parseYaml(text));
  if (!parsed.success) return invalid('its kubeconfig cannot be parsed');
  const { contexts: all, clusters, users, 'current-context': current } = parsed.data;
  const context = all.find(({ name }) => name === current)?.context;
  const cluster = context === undefined ? undefined : pick(clusters, context.cluster, 'cluster');
  const user = context === undefined ? undefined : pick(users, context.user, 'user');
  if (cluster === undefined || user === undefined)
    return invalid(
      'the current-context of its kubeconfig does not lead to a cluster and a user in the same kubeconfig',
    );
  const refused = [...unknownFields(cluster, CLUSTER_TEXTS), ...unknownFields(user, USER_TEXTS)];
  if (refused.length > 0) {
    return {
      reason: 'CredentialRefused',
      message: `${where}: its kubeconfig uses ${refused.join(', ')}, but only certificates, keys and tokens inside the kubeconfig are accepted: create one with kubectl config view --raw --flatten --minify`,
    };
  }
  const wrong = [...nonStrings(cluster, CLUSTER_TEXTS), ...nonStrings(user, USER_TEXTS)];
  if (wrong.length > 0) return invalid(`${wrong.join(', ')} in its kubeconfig must be a string`);
  return credentialOf(cluster, user, where);
}

function credentialOf(cluster: Fields, user: Fields, where: string): Credential | CredentialProblem {
  return checkedParts({
    server: textOf(cluster, 'server'),
    ca: decoded(cluster, 'certificate-authority-data'),
    servername: textOf(cluster, 'tls-server-name'),
    token: textOf(user, 'token')?.trim(),
    cert: decoded(user, 'client-certificate-data'),
    key: decoded(user, 'client-key-data'),
    impersonate: textOf(user, 'as'),
    where,
  });
}

function pick(list: readonly Fields[], name: string, field: string): Fields | undefined {
  return (list.find((each) => each['name'] === name)?.[field] as Fields | null | undefined) ?? undefined;
}

function unknownFields(given: Fields, used: readonly string[]): string[] {
  return Object.keys(given).filter((field) => !used.includes(field) && !HARMLESS.includes(field));
}

/**
 * Fields that are not strings. Ignoring one could give more rights: without `as`, the credential would not impersonate.
 */
function nonStrings(given: Fields, used: readonly string[]): string[] {
  return used.filter(
    (field) => given[field] !== undefined && given[field] !== null && typeof given[field] !== 'string',
  );
}

function textOf(given: Fields, field: string): string | undefined {
  const value = Object.hasOwn(given, field) ? given[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(given: Fields, field: string): string | undefined {
  const text = textOf(given, field);
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8');
}
