/**
 * A kubeconfig that somebody else wrote → a credential. Pure. Only what stands in it itself is taken; a field that would
 * run a program, read a file, trust any server or go another way is refused by its name, and so is every unknown one.
 */
import * as z from 'zod';
import { yamlOf } from '../../runtime/client/parse-yaml.ts';
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

/** The fields that are heeded, which hold text. */
const CLUSTER_TEXTS = ['server', 'certificate-authority-data', 'tls-server-name'];
const USER_TEXTS = ['token', 'client-certificate-data', 'client-key-data', 'as'];
/** Fields without a meaning for what is asked and trusted. */
const HARMLESS = ['extensions', 'disable-compression'];

type Fields = Readonly<Record<string, unknown>>;

export function parseKubeconfig(text: string, where: string): Credential | CredentialProblem {
  const invalid = (message: string): CredentialProblem => ({
    reason: 'CredentialInvalid',
    message: `${where}: ${message}`,
  });
  const parsed = kubeconfig.safeParse(yamlOf(text));
  if (!parsed.success) return invalid("its kubeconfig can't be read");
  const { contexts: all, clusters, users, 'current-context': current } = parsed.data;
  const context = all.find(({ name }) => name === current)?.context;
  const cluster = context === undefined ? undefined : pick(clusters, context.cluster, 'cluster');
  const user = context === undefined ? undefined : pick(users, context.user, 'user');
  if (cluster === undefined || user === undefined)
    return invalid('the current-context of its kubeconfig names no cluster and user in it');
  const refused = [...unheeded(cluster, CLUSTER_TEXTS), ...unheeded(user, USER_TEXTS)];
  if (refused.length > 0) {
    return {
      reason: 'CredentialRefused',
      message: `${where}: its kubeconfig uses ${refused.join(', ')}; only certificates, keys and tokens that stand in it are taken (kubectl config view --raw --flatten --minify)`,
    };
  }
  const noText = [...noTexts(cluster, CLUSTER_TEXTS), ...noTexts(user, USER_TEXTS)];
  if (noText.length > 0) return invalid(`${noText.join(', ')} of its kubeconfig must be text`);
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

function unheeded(given: Fields, heeded: readonly string[]): string[] {
  return Object.keys(given).filter((field) => !heeded.includes(field) && !HARMLESS.includes(field));
}

/** Passed over, a field that is no text would change what the credential may do: one that impersonates would not any more. */
function noTexts(given: Fields, heeded: readonly string[]): string[] {
  return heeded.filter(
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
