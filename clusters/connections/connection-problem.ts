/** Explains why a member cluster cannot be reached or used, and what to do about it. Pure. */
import type { ClusterReason } from '../../api/platform/reasons.ts';

export interface ConnectionProblem {
  /** The health condition that the problem belongs to. */
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

/** The reason and the message for each code of a network error. */
const KNOWN: readonly {
  readonly codes: ReadonlySet<string>;
  readonly reason: ClusterReason;
  readonly message: (server: string, code: string) => string;
}[] = [
  {
    codes: new Set(['ENOTFOUND', 'EAI_AGAIN']),
    reason: 'HostNotFound',
    message: (server) => `the host name of ${server} cannot be resolved: check the address, and the DNS of the hub`,
  },
  {
    codes: new Set(['ECONNREFUSED']),
    reason: 'ConnectionRefused',
    message: (server) => `nothing listens at ${server}: check the address, and that the API server is running`,
  },
  {
    codes: TIMEOUTS,
    reason: 'Timeout',
    message: (server) =>
      `${server} did not answer in time: check that the hub can reach it (firewall, network policy), and that it is not overloaded`,
  },
  {
    codes: UNROUTABLE,
    reason: 'NetworkUnreachable',
    message: (server, code) => `the hub has no route to ${server} (${code}): check the network between them`,
  },
  {
    codes: UNTRUSTED,
    reason: 'CertificateUntrusted',
    message: (server, code) =>
      `the certificate of ${server} is not signed by the CA in the credential (${code}): use the CA of that cluster`,
  },
  {
    codes: new Set(['ERR_TLS_CERT_ALTNAME_INVALID']),
    reason: 'CertificateForAnotherName',
    message: (server) =>
      `the certificate of ${server} is for other host names: use one of them as the address, or set tls-server-name in the kubeconfig`,
  },
  {
    codes: new Set(['CERT_HAS_EXPIRED']),
    reason: 'CertificateExpired',
    message: (server) => `the certificate of ${server}, or its CA, has expired: renew it`,
  },
];

/** Explains an error of the network: no answer came back. */
export function networkProblem(error: unknown, server: string): ConnectionProblem {
  const code = codeOf(error);
  const known = KNOWN.find(({ codes }) => codes.has(code));
  if (known !== undefined) return { about: 'Reachable', reason: known.reason, message: known.message(server, code) };
  const said = error instanceof Error ? error.message : String(error);
  return {
    about: 'Reachable',
    reason: 'NetworkError',
    message: `the request to ${server} failed: ${said}${code === '' ? '' : ` (${code})`}`,
  };
}

/** Explains an HTTP status; undefined when it shows that the server works and accepts the credential. */
export function answerProblem(status: number, server: string, path: string): ConnectionProblem | undefined {
  if (status === 401) {
    return {
      about: 'Authorized',
      reason: 'Unauthorized',
      message: `${server} does not accept the token or client certificate: it has expired, was revoked, or belongs to another cluster. Provide a new one`,
    };
  }
  if (status === 403)
    return {
      about: 'Authorized',
      reason: 'Forbidden',
      message: `${server} accepts the credential, but it may not read ${path}: grant it that permission`,
    };
  if (status === 429)
    return {
      about: 'Healthy',
      reason: 'Overloaded',
      message: `${server} rejects requests because it is overloaded (HTTP 429)`,
    };
  if (status >= 500)
    return { about: 'Healthy', reason: 'ServerError', message: `${server} answered ${path} with HTTP ${status}` };
  return undefined;
}

/** The first code in the chain of causes: undici wraps socket errors, sometimes more than once. */
function codeOf(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.name === 'TimeoutError') return each.name;
  }
  return '';
}
