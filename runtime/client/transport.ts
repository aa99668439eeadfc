/**
 * HTTP to the API server: one pool of connections for requests, and a connection of its own for each watch, so that one
 * that died silently can be dropped without touching the others. Pools are renewed only when the TLS material changes.
 *
 * It is HTTP/1.1: over HTTP/2 undici (8.12) now and then loses all requests of a pool when a connection breaks while it is
 * being made, and they hang until their time is over. A leader loses its Lease meanwhile.
 */
import { Agent, type Dispatcher, request } from 'undici';
import type { Credentials, Tls } from './credentials.ts';
import { fence } from './write-fence.ts';

/** No request may hang longer. A list page of 500 objects stays far below. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Connections of the pool at most; each carries one request at a time. Above the number of keys that are worked on at once. */
const CONNECTIONS = 64;
/** How long a connection is kept unused: above the 30 s between two probes of a cluster, below the 90 s after which kube-apiserver closes it. */
const IDLE_MS = 75_000;
/** For a connection, TLS handshake included. */
const CONNECT_TIMEOUT_MS = 10_000;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  /** How long the answer may take; 30 s by default. */
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
  /** The most that one answer may have, for a server that is not trusted like our own. No limit by default. */
  readonly maxResponseBytes?: number;
  /** Whether what changes something may be sent now; asked as it goes out. Always by default. */
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
    // Nobody answers: connections may be dead without a sign, and further requests would wait on them. While one is being
    // made, the signal alone ends nothing.
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

  /** Opens a stream on a connection of its own. It ends when `signal` aborts or `close` is called. */
  async open(asked: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    const credentials = await this.#credentials();
    // A watch is silent for long times by nature; its reader has a time limit of its own.
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
    // Requests under way on the old pool finish there.
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
  const given = Object.entries(tls).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), minVersion: 'TLSv1.2', timeout: CONNECT_TIMEOUT_MS };
}

function retryAfterOf(headers: Readonly<Record<string, string | string[] | undefined>>): number | undefined {
  const seconds = Number([headers['retry-after'] ?? []].flat()[0]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
