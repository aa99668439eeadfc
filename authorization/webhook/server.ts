/**
 * The HTTPS server of the webhook: mutual TLS, limits on what a client may send and hold, and certificates that are
 * reloaded when their files change. It speaks HTTP/1.1 with keep-alive. A kube-apiserver then spreads its requests over
 * several connections, and each request costs about half the CPU of an HTTP/2 stream in Node.
 */
import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from '../../runtime/log.ts';
import { Connections, keyOf } from './connections.ts';
import { Lifetimes } from './lifetime.ts';
import { readTls, type TlsFiles, watchTls } from './tls-files.ts';
import { type ClientIdentity, failure, MAX_BODY_BYTES, type WebhookRequest, type WebhookResponse } from './webhook.ts';

export interface ServerOptions {
  readonly files: TlsFiles;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly log: Logger;
  /** The age after which a connection ends with its next response; an hour by default. */
  readonly maxConnectionAgeMs?: number;
  answer(request: WebhookRequest): WebhookResponse;
}

export interface RunningServer {
  readonly address: string;
  /** Accepts no more connections, finishes the requests in flight, and closes. */
  stop(): Promise<void>;
}

/**
 * How long a client may take for its handshake, for the headers of a request and for the whole request. A
 * kube-apiserver gives up on its own request after three seconds.
 */
const CLIENT_TIMEOUT_MS = 10_000;
/** How often Node checks these timeouts. Its default of 30 s would turn ten seconds into forty. */
const CHECK_MS = 1_000;
/** For a connection without a request in flight, and for a client that does not read its response. */
const IDLE_TIMEOUT_MS = 120_000;
/** How long a shutdown waits for clients that keep their connections open. */
const DRAIN_MS = 1_000;
const OLDEST_TLS = 'TLSv1.2';
/** The size that Node requires. */
const TICKET_KEY_BYTES = 48;
/** A kube-apiserver sends a few hundred bytes. */
const HEADER_BYTES_AT_MOST = 16 * 1024;
/** Connections that the kernel queues until we accept them: a burst must leave room for honest clients. */
const BACKLOG = 4_096;

/**
 * Starts the server. Throws when a file cannot be read or the port is taken.
 *
 * Two limits of Node are not used. maxConnections refuses the newest connection, and so locks out honest clients while
 * others hold theirs (see connections.ts). maxRequestsPerSocket frees nothing: a working connection is the cheapest.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const tls = await readTls(options.files);
  const connections = new Connections();
  const lifetimes = new Lifetimes(options.maxConnectionAgeMs);
  let handshakesBefore = new Set<string>();
  const server = createServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: OLDEST_TLS,
      maxHeaderSize: HEADER_BYTES_AT_MOST,
      handshakeTimeout: CLIENT_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => {
      const { socket } = request;
      if (socket instanceof TLSSocket) {
        connections.used(socket, clusterOf(socket));
        lifetimes.requestStarted(socket);
        response.once('close', () => lifetimes.requestEnded(socket));
      }
      void respond(request, response, options, () => socket instanceof TLSSocket && lifetimes.isLast(socket));
    },
  );
  server.requestTimeout = CLIENT_TIMEOUT_MS;
  server.headersTimeout = CLIENT_TIMEOUT_MS;
  server.keepAliveTimeout = IDLE_TIMEOUT_MS;
  server.timeout = IDLE_TIMEOUT_MS;
  server.on('connection', (socket) => {
    if (socket instanceof Socket) connections.opened(socket);
  });
  server.on('secureConnection', (socket) => {
    connections.checked(socket, clusterOf(socket));
    lifetimes.opened(socket, Date.parse(socket.getPeerCertificate().valid_to));
    if (handshakesBefore.delete(keyOf(socket))) lifetimes.end(socket);
  });
  server.on('tlsClientError', (error) => options.log.debug('TLS handshake failed', { error: error.message }));
  const unwatch = watchTls(options.files, tls, options.log, (renewed, before) => {
    // Without minVersion, the new context would use Node's default. New ticket keys: no earlier session is resumed
    // unverified.
    server.setSecureContext({ ...renewed, minVersion: OLDEST_TLS, ticketKeys: randomBytes(TICKET_KEY_BYTES) });
    if (renewed.ca === before.ca) return;
    lifetimes.endAll();
    // A handshake in progress still finishes with the previous authority.
    handshakesBefore = new Set(connections.unchecked());
  });
  const expiry = setInterval(() => lifetimes.endExpired(), CHECK_MS);
  await listen(server, options);
  // Listening on a TCP port always has an AddressInfo.
  const { address, port } = server.address() as AddressInfo;
  const stop = (): Promise<void> => {
    unwatch();
    clearInterval(expiry);
    const closed = close(server);
    connections.closeUnchecked();
    return closed;
  };
  return { address: `${address}:${port}`, stop };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
  isLast: () => boolean,
): Promise<void> {
  let answer: WebhookResponse;
  try {
    answer = answerTo(request, await readBody(request), options);
  } catch (error) {
    // The client left or was too slow: there is no one to answer.
    if (!request.complete) return;
    options.log.error('failed to answer a review', { error: error instanceof Error ? error.stack : String(error) });
    answer = failure(500, 'internal error: the authorizer could not decide');
  }
  const payload = JSON.stringify(answer.body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    ...(answer.revision === undefined ? {} : { 'steward-revision': answer.revision }),
  };
  // After a 413, the unread rest of the body must not be parsed as the next request.
  response
    .writeHead(answer.status, answer.status === 413 || isLast() ? { ...headers, connection: 'close' } : headers)
    .end(payload);
}

function answerTo(request: IncomingMessage, body: Buffer | undefined, options: ServerOptions): WebhookResponse {
  if (body === undefined) return failure(413, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
  // Decoding with replacement characters would turn different names into the same one.
  if (!isUtf8(body)) return failure(400, 'the request body is not valid UTF-8');
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const client = request.socket instanceof TLSSocket ? identityOf(request.socket) : undefined;
  return options.answer({ method: request.method ?? '', path, client, body: body.toString('utf8') });
}

/** The body; undefined when it is larger than MAX_BODY_BYTES. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The identity on each connection, cached because reading a certificate takes longer than a decision. */
const identities = new WeakMap<TLSSocket, ClientIdentity>();

function clusterOf(socket: TLSSocket): string {
  return identityOf(socket)?.commonName ?? '';
}

function identityOf(socket: TLSSocket): ClientIdentity | undefined {
  if (!socket.authorized) return undefined;
  const known = identities.get(socket) ?? readIdentity(socket);
  if (known !== undefined) identities.set(socket, known);
  return known;
}

function readIdentity(socket: TLSSocket): ClientIdentity | undefined {
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const [commonName, ...more] = [subject?.CN ?? []].flat();
  // Ambiguous: with several common names, none identifies the client.
  if (commonName === undefined || more.length > 0) return undefined;
  return { commonName, organizations: [subject?.O ?? []].flat() };
}

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Responses take no time, so what is open after this is idle. A client that keeps it open must not delay the
    // shutdown.
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
