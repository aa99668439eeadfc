/**
 * The address and the credentials of the API server, from a kubeconfig or the ServiceAccount mount.
 *
 * client-node parses kubeconfigs and handles exec plugins and token files. Its requests are not used, because they open a new TLS
 * connection each time. Credentials are read again every few seconds, so rotated tokens and certificates need no restart.
 */

import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** What client-node assumes when it finds no configuration. No API server has served plain HTTP for years. */
const FALLBACK_SERVER = 'http://localhost:8080';

/** How long credentials are used before they are read again. */
const FRESH_MS = 10_000;

export interface Tls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

export interface Credentials {
  readonly server: string;
  readonly tls: Tls;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the kubeconfig at `path`; without one, KUBECONFIG, the ServiceAccount of the pod, or ~/.kube/config. */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig ${path ?? '(default)'} has no cluster for its current context`);
  if (path === undefined && cluster.server === FALLBACK_SERVER) {
    throw new Error('no kubeconfig: KUBECONFIG is not set, ~/.kube/config does not exist, and this is not a pod');
  }
  return config;
}

/** A YAML parser's message quotes the lines around an error, which may contain a token or a key. It must not reach a log. */
function unreadable(path: string | undefined, error: unknown): Error {
  const isSyntax = error instanceof Error && error.name === 'YAMLException';
  const [, line = '?', column = '?'] = isSyntax ? (/\((\d+):(\d+)\)/.exec(error.message) ?? []) : [];
  const cause = isSyntax ? new Error(`it is not YAML at line ${line}, column ${column}`) : error;
  return new Error(`cannot read the kubeconfig${path === undefined ? '' : ` ${path}`}`, { cause });
}

/** A function that returns the credentials of a kubeconfig, and reads them again when they may have changed. */
export function credentialSource(load: () => KubeConfig, now: () => number = Date.now): () => Promise<Credentials> {
  let known: { at: number; credentials: Promise<Credentials> } | undefined;
  return () => {
    if (known !== undefined && now() - known.at <= FRESH_MS) return known.credentials;
    const credentials = resolve(load());
    known = { at: now(), credentials };
    // A failure is not cached: the file may have been in the middle of a write.
    credentials.catch(() => {
      if (known?.credentials === credentials) known = undefined;
    });
    return credentials;
  };
}

async function resolve(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  // A hand-written token file ends with a newline, which a header cannot contain.
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value).trim(),
  ]);
  return {
    server: config.getCurrentCluster()?.server ?? '',
    tls: {
      ca: pem(options.ca),
      cert: pem(options.cert),
      key: pem(options.key),
      servername: options.servername,
      rejectUnauthorized: options.rejectUnauthorized ?? true,
    },
    headers: Object.fromEntries(headers) as Record<string, string>,
  };
}

function pem(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
}
