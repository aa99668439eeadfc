/** Writes kubeconfigs with one cluster, one user and one context. Pure. */
import { dump } from 'js-yaml';
import type { IssuedCertificate } from './certificates.ts';

/** The fields of a user entry, such as `token`, or paths of a certificate and its key. */
export type UserFields = Readonly<Record<string, string>>;

/** The names of the entries in a kubeconfig. */
export interface EntryNames {
  readonly cluster: string;
  readonly user: string;
}

/**
 * Returns a kubeconfig as YAML. The same input always gives the same text: callers compare and hash it.
 *
 * @param server https://HOST:PORT, with a path where the server has one
 * @param ca the CA that signs the server's certificate, PEM
 * @param credential a client certificate, which goes into the kubeconfig as data; or the fields of the user entry
 */
export function kubeconfigText(
  server: string,
  ca: string,
  credential: IssuedCertificate | UserFields,
  names: EntryNames = { cluster: 'local', user: 'user' },
): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: names.cluster, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: names.user, user: isCertificate(credential) ? certificateFields(credential) : credential }],
    contexts: [{ name: names.cluster, context: { cluster: names.cluster, user: names.user } }],
    'current-context': names.cluster,
  });
}

function isCertificate(credential: IssuedCertificate | UserFields): credential is IssuedCertificate {
  return 'cert' in credential;
}

function certificateFields({ cert, key }: IssuedCertificate): UserFields {
  return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
