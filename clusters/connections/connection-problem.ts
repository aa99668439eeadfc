/** What stands between us and a member cluster, in words that say what to do. Pure. */
import type { ClusterReason } from '../../api/platform/reasons.ts';

export interface ConnectionProblem {
  /** For a condition: which of the three it is about. */
  readonly about: 'Reachable' | 'Healthy' | 'Authorized';
  readonly reason: ClusterReason;
  readonly message: string;
}

const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ABORT_ERR',
  'TimeoutError',
]);
const UNROUTABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

/** What each code of a network error means: the reason, and what to do. */
const KNOWN: readonly {
  readonly codes: ReadonlySet<string>;
  readonly reason: ClusterReason;
  readonly tell: (server: string, code: string) => string;
}[] = [
  {
    codes: new Set(['ENOTFOUND', 'EAI_AGAIN']),
    reason: 'HostNotFound',
    tell: (server) => `the host of ${server} is not known: check the address, or the DNS of the hub`,
  },
  {
    codes: new Set(['ECONNREFUSED']),
    reason: 'ConnectionRefused',
    tell: (server) => `nothing listens at ${server}: check the address, and that the API server runs`,
  },
  {
    codes: TIMEOUTS,
    reason: 'Timeout',
    tell: (server) =>
      `${server} does not answer in time: check that the hub may reach it (firewall, network policy), and that it is not overloaded`,
  },
  {
    codes: UNROUTABLE,
    reason: 'NetworkUnreachable',
    tell: (server, code) => `there is no way from the hub to ${server} (${code})`,
  },
  {
    codes: UNTRUSTED,
    reason: 'CertificateUntrusted',
    tell: (server, code) =>
      `the certificate of ${server} is not signed by the CA of the credential (${code}): give the CA of that cluster`,
  },
  {
    codes: new Set(['ERR_TLS_CERT_ALTNAME_INVALID']),
    reason: 'CertificateForAnotherName',
    tell: (server) =>
      `the certificate of ${server} is for other names: use one of them as the address, or tls-server-name in the kubeconfig`,
  },
  {
    codes: new Set(['CERT_HAS_EXPIRED']),
    reason: 'CertificateExpired',
    tell: (server) => `the certificate of ${server}, or its CA, has expired: renew it`,
  },
];

/** Why a request did not come through at all. */
export function networkProblem(error: unknown, server: string): ConnectionProblem {
  const code = codeOf(error);
  const known = KNOWN.find(({ codes }) => codes.has(code));
  if (known !== undefined) return { about: 'Reachable', reason: known.reason, message: known.tell(server, code) };
  const said = error instanceof Error ? error.message : String(error);
  return {
    about: 'Reachable',
    reason: 'NetworkError',
    message: `${server} can't be asked: ${said}${code === '' ? '' : ` (${code})`}`,
  };
}

/** What an answer other than 200 means; undefined for one that says that the server is there and knows us. */
export function answerProblem(status: number, server: string, path: string): ConnectionProblem | undefined {
  if (status === 401) {
    return {
      about: 'Authorized',
      reason: 'Unauthorized',
      message: `${server} does not accept the token or client certificate: it has expired, was revoked, or is of another cluster. Give a new one`,
    };
  }
  if (status === 403)
    return {
      about: 'Authorized',
      reason: 'Forbidden',
      message: `${server} knows the credential, but it may not read ${path}: grant it that`,
    };
  if (status === 429)
    return { about: 'Healthy', reason: 'Overloaded', message: `${server} turns requests away (HTTP 429)` };
  if (status >= 500)
    return { about: 'Healthy', reason: 'ServerError', message: `${server} answered ${path} with HTTP ${status}` };
  return undefined;
}

/** undici wraps the error of a socket, sometimes more than once. */
function codeOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.name === 'TimeoutError') return each.name;
  }
  return '';
}
