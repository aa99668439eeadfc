/**
 * The HTTPS server around the webhook: mutual TLS, limits on what a client may send and hold, and certificates that are
 * taken anew when their files change. HTTP/1.1 with keep-alive: a kube-apiserver then spreads its questions over several
 * connections, and each costs about half the CPU of an HTTP/2 stream in Node.
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
  /** 0 for a free one. */
  readonly port: number;
  readonly log: Logger;
  /** After how long a connection ends with its next answer; an hour by default. */
  readonly maxConnectionAgeMs?: number;
  answer(request: WebhookRequest): WebhookResponse;
}

export interface RunningServer {
  readonly address: string;
  /** Takes no new connection, finishes what is under way, and closes. */
  stop(): Promise<void>;
}

/**
 * How long a peer may take: for the handshake, for the head of a request and for all of it. A kube-apiserver waits for three
 * seconds, so whoever takes longer is no longer waited for.
 */
const PATIENCE_MS = 10_000;
/** How often that is looked at. Node's own half minute would make 40 s of ten. */
const CHECK_MS = 1_000;
/** A connection without a request under way; also one that does not take its answer. */
const IDLE_TIMEOUT_MS = 120_000;
const DRAIN_MS = 1_000;
const OLDEST_TLS = 'TLSv1.2';
const TICKET_KEY_BYTES = 48;
/** Connections that the system keeps until they are taken up: a burst of them must leave room for an honest one. */
const BACKLOG = 4_096;

/*
 * Two limits that Node offers are left alone. maxConnections refuses the newest, and so locks honest peers out while
 * others hold theirs (see connections.ts). maxRequestsPerSocket frees nothing: a connection that works is the cheapest
 * there is.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const tls = await readTls(options.files);
  const connections = new Connections();
  const lifetimes = new Lifetimes(options.maxConnectionAgeMs);
  let begunBefore = new Set<string>();
  const server = createServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: OLDEST_TLS,
      maxHeaderSize: 16 * 1024,
      handshakeTimeout: PATIENCE_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => {
      const { socket } = request;
      if (socket instanceof TLSSocket) {
        connections.used(socket, clusterOf(socket));
        lifetimes.asked(socket);
        response.once('close', () => lifetimes.answered(socket));
      }
      void respond(request, response, options, () => socket instanceof TLSSocket && lifetimes.isLast(socket));
    },
  );
  server.requestTimeout = PATIENCE_MS;
  server.headersTimeout = PATIENCE_MS;
  server.keepAliveTimeout = IDLE_TIMEOUT_MS;
  server.timeout = IDLE_TIMEOUT_MS;
  server.on('connection', (socket) => {
    if (socket instanceof Socket) connections.opened(socket);
  });
  server.on('secureConnection', (socket) => {
    connections.checked(socket, clusterOf(socket));
    lifetimes.opened(socket, Date.parse(socket.getPeerCertificate().valid_to));
    if (begunBefore.delete(keyOf(socket))) lifetimes.end(socket);
  });
  server.on('tlsClientError', (error) => options.log.debug('tls handshake refused', { error: error.message }));
  const unwatch = watchTls(options.files, tls, options.log, (renewed, before) => {
    // A context without a version of its own takes Node's. Other keys: no session from before is resumed unchecked.
    server.setSecureContext({ ...renewed, minVersion: OLDEST_TLS, ticketKeys: randomBytes(TICKET_KEY_BYTES) });
    if (renewed.ca === before.ca) return;
    lifetimes.endAll();
    // A handshake under way is finished by what was trusted before.
    begunBefore = new Set(connections.unchecked());
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
    // The client went away, or was too slow: there is nobody to answer.
    if (!request.complete) return;
    options.log.error('cannot answer review', { error: error instanceof Error ? error.stack : String(error) });
    answer = failure(500, 'the authorizer failed to decide');
  }
  const payload = JSON.stringify(answer.body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    ...(answer.revision === undefined ? {} : { 'steward-revision': answer.revision }),
  };
  // What was not read of a body that is too large must not be taken for the next request.
  response
    .writeHead(answer.status, answer.status === 413 || isLast() ? { ...headers, connection: 'close' } : headers)
    .end(payload);
}

function answerTo(request: IncomingMessage, body: Buffer | undefined, options: ServerOptions): WebhookResponse {
  if (body === undefined) return failure(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
  // Reading on with replacement characters would make one name of several.
  if (!isUtf8(body)) return failure(400, 'the body is not UTF-8');
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const client = request.socket instanceof TLSSocket ? identityOf(request.socket) : undefined;
  return options.answer({ method: request.method ?? '', path, client, body: body.toString('utf8') });
}

/** The body, or undefined when it is larger than is read. */
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

/** The identity of each connection: reading a certificate takes longer than a decision. */
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
  // More than one name is no name: which of them should count?
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
    // Answers take no time; a client that holds its connection open must not hold us.
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
