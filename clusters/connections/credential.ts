/** A checked credential for a member cluster: an address, a CA, and a token or a client certificate. Pure. */
import type { ClusterReason } from '../../api/platform/reasons.ts';

/** Certificates and keys are PEM. */
export interface Credential {
  readonly server: string;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name in the server's certificate, where it differs from the host of `server`. */
  readonly servername: string | undefined;
  /** The user to impersonate. */
  readonly impersonate: string | undefined;
}

/** Why there is no credential, for a condition. */
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
  /** The object that the parts come from, for messages. */
  readonly where: string;
}

/** Makes a credential of the parts, or says what is wrong with them. The message never quotes a part. */
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
  if (server === undefined || server === '') return 'it has no server address: set spec.server';
  const url = URL.parse(server);
  if (url === null || url.protocol !== 'https:' || !server.startsWith('https://') || /\s/.test(server))
    return 'its server is not an address like https://10.0.0.1:6443';
  const more = url.username + url.password + url.search + url.hash;
  return more === '' && !/[?#]/.test(server)
    ? undefined
    : 'its server may contain only scheme, host, port and path; remove the rest';
}

function identityProblem({ token, cert, key }: Pick<Parts, 'token' | 'cert' | 'key'>): string | undefined {
  const hasCertificate = cert !== undefined && key !== undefined;
  return token === undefined && !hasCertificate
    ? 'it has neither a token nor a client certificate with its key'
    : undefined;
}

/** A line break in a header value would start another header. */
function headerProblem(token: string | undefined, impersonate: string | undefined): string | undefined {
  if (token !== undefined && /[^\x21-\x7e]/.test(token))
    return 'the token contains a character that is not allowed in an HTTP header';
  return impersonate !== undefined && /[^\x20-\x7e]/.test(impersonate)
    ? 'the name of the user to impersonate contains a character that is not allowed in an HTTP header'
    : undefined;
}

function pemProblem({ ca, cert }: Pick<Parts, 'ca' | 'cert'>): string | undefined {
  const wrong = Object.entries({ CA: ca, 'client certificate': cert }).find(
    ([, text]) => text !== undefined && !text.includes('-----BEGIN CERTIFICATE-----'),
  );
  return wrong === undefined ? undefined : `the ${wrong[0]} is not a PEM certificate`;
}
