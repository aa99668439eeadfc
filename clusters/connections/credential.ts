/** What reaches a member cluster, checked: an address, an authority, and a token or a client certificate. Pure. */
import type { ClusterReason } from '../../api/platform/reasons.ts';

/** PEM texts. */
export interface Credential {
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
  readonly reason: ClusterReason;
  readonly message: string;
}

export function isCredentialProblem(value: Credential | CredentialProblem): value is CredentialProblem {
  return 'reason' in value;
}

interface Parts {
  readonly server: string | undefined;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly impersonate?: string | undefined;
  readonly servername?: string | undefined;
  /** What holds them, for messages. */
  readonly where: string;
}

/** The parts as a credential, or what is wrong with them. No part stands in the message. */
export function checkedParts({ where, server, token, ...parts }: Parts): Credential | CredentialProblem {
  const given = token === '' ? undefined : token;
  const wrong =
    serverProblem(server) ??
    identityProblem({ ...parts, token: given }) ??
    headerProblem(given, parts.impersonate) ??
    pemProblem(parts);
  if (wrong !== undefined) return { reason: 'CredentialInvalid', message: `${where}: ${wrong}` };
  const { ca, cert, key, impersonate, servername } = parts;
  return { server: server ?? '', ca, token: given, cert, key, servername, impersonate };
}

function serverProblem(server: string | undefined): string | undefined {
  if (server === undefined || server === '') return 'there is no address; set spec.server';
  const url = URL.parse(server);
  if (url === null || url.protocol !== 'https:' || !server.startsWith('https://') || /\s/.test(server))
    return 'its server is no address like https://10.0.0.1:6443';
  const more = url.username + url.password + url.search + url.hash;
  return more === '' && !/[?#]/.test(server) ? undefined : 'its server holds more than scheme, host, port and path';
}

function identityProblem({ token, cert, key }: Pick<Parts, 'token' | 'cert' | 'key'>): string | undefined {
  const hasCertificate = cert !== undefined && key !== undefined;
  return token === undefined && !hasCertificate
    ? 'it holds neither a token nor a client certificate with its key'
    : undefined;
}

/** What is sent in a header must be one line of it. */
function headerProblem(token: string | undefined, impersonate: string | undefined): string | undefined {
  if (token !== undefined && /[^\x21-\x7e]/.test(token)) return 'the token holds a character that no header can carry';
  return impersonate !== undefined && /[^\x20-\x7e]/.test(impersonate)
    ? 'the user to be impersonated holds a character that no header can carry'
    : undefined;
}

function pemProblem({ ca, cert }: Pick<Parts, 'ca' | 'cert'>): string | undefined {
  const wrong = Object.entries({ CA: ca, 'client certificate': cert }).find(
    ([, text]) => text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----'),
  );
  return wrong === undefined ? undefined : `the ${wrong[0]} is not a certificate in PEM`;
}
