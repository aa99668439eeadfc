/**
 * HTTP to the API server: one pool of connections for requests, and a separate connection for each watch, so that a dead one can
 * be dropped without affecting others. The pool is replaced only when the TLS material changes.
 *
 * It uses HTTP/1.1. With HTTP/2, undici (8.12) occasionally loses all requests of a pool when a connection breaks while it is being
 * established; they hang until they time out, and a leader loses its Lease in the meantime.
 */
import { Agent, type Dispatcher, request } from 'undici';
import type { Credentials, Tls } from './credentials.ts';
import { fence } from './write-fence.ts';

/** The timeout of a request. A list page of 500 objects takes far less. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The size of the pool; each connection carries one request at a time. More than the number of keys reconciled in parallel. */
const CONNECTIONS = 64;
/** How long an idle connection is kept: more than the 30 s between two probes of a cluster, less than the 90 s after which a kube-apiserver closes it. */
const IDLE_MS = 75_000;
/** The timeout for establishing a connection, TLS handshake included. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  /** The timeout in milliseconds. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}

export interface HttpStream {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly chunks: AsyncIterable<Buffer>;
  close(): void;
}

export interface TransportOptions {
  /** The maximum size of a response, for a server that is less trusted than the hub. Default: no limit. */
  readonly maxResponseBytes?: number;
  /** Called just before a write is sent; false refuses it. Default: always true. */
  readonly mayWrite?: (() => boolean) | undefined;
}

export class Transport {
  readonly #credentials: () => Promise<Credentials>;
  readonly #userAgent: string;
  readonly #options: TransportOptions;
  #pool: { tls: string; agent: Dispatcher } | undefined;

  constructor(credentials: () => Promise<Credentials>, userAgent: string, options: TransportOptions = {}) {
    this.#credentials = credentials;
    this.#userAgent = userAgent;
    this.#options = options;
  }

  async send(asked: HttpRequest): Promise<HttpResponse> {
    const credentials = await this.#credentials();
    const dispatcher = this.#agentFor(credentials.tls);
    const signal = AbortSignal.timeout(Math.ceil(asked.timeoutMs ?? REQUEST_TIMEOUT_MS));
    // A timeout may mean that connections are silently dead. Drop the pool, so that no further request waits on them. While a
    // connection is being established, the signal alone does not end the request.
    const drop = (): void => this.#drop(dispatcher);
    signal.addEventListener('abort', drop, { once: true });
    try {
      const response = await request(credentials.server + asked.path, {
        ...this.#requestOf(asked, credentials),
        dispatcher,
        signal,
      });
      const body = await response.body.text();
      return { status: response.statusCode, body, retryAfterMs: retryAfterOf(response.headers) };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  /** Opens a stream on a separate connection. It ends when `signal` aborts or `close` is called. */
  async open(asked: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    const credentials = await this.#credentials();
    // A watch may be silent for long. Its reader has a limit of its own (silence-limit.ts).
    const agent = new Agent({
      connect: connectOptions(credentials.tls),
      allowH2: false,
      bodyTimeout: 0,
      connections: 1,
    });
    const close = (): void => void agent.destroy().catch(() => undefined);
    try {
      const response = await request(credentials.server + asked.path, {
        ...this.#requestOf(asked, credentials),
        dispatcher: agent,
        signal,
      });
      return {
        status: response.statusCode,
        retryAfterMs: retryAfterOf(response.headers),
        chunks: response.body,
        close,
      };
    } catch (error) {
      close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool?.agent.destroy();
  }

  #drop(agent: Dispatcher): void {
    if (this.#pool?.agent === agent) this.#pool = undefined;
    void agent.destroy().catch(() => undefined);
  }

  #requestOf(
    asked: HttpRequest,
    { headers }: Credentials,
  ): { method: string; headers: Record<string, string>; body?: string } {
    const sent = {
      ...headers,
      'user-agent': this.#userAgent,
      accept: 'application/json',
      ...(asked.body === undefined ? {} : { 'content-type': asked.contentType ?? 'application/json' }),
    };
    const base = { method: asked.method, headers: sent };
    return asked.body === undefined ? base : { ...base, body: asked.body };
  }

  #agentFor(tls: Tls): Dispatcher {
    const identity = JSON.stringify(tls);
    if (this.#pool?.tls === identity) return this.#pool.agent;
    // Requests in flight on the old pool finish there.
    void this.#pool?.agent.close().catch(() => undefined);
    const { maxResponseBytes = -1, mayWrite } = this.#options;
    const plain = new Agent({
      connect: connectOptions(tls),
      allowH2: false,
      connections: CONNECTIONS,
      keepAliveTimeout: IDLE_MS,
      maxResponseSize: maxResponseBytes,
    });
    const agent = mayWrite === undefined ? plain : plain.compose(fence(mayWrite));
    this.#pool = { tls: identity, agent };
    return agent;
  }
}

function connectOptions(tls: Tls): object {
  const set = Object.entries(tls).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(set), minVersion: 'TLSv1.2', timeout: CONNECT_TIMEOUT_MS };
}

function retryAfterOf(headers: Readonly<Record<string, string | string[] | undefined>>): number | undefined {
  const seconds = Number([headers['retry-after'] ?? []].flat()[0]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
