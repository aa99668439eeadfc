/**
 * The HTTPS server around the webhook: mutual TLS, limits on what a client may send and hold, and certificates that are
 * taken anew when their files change. HTTP/1.1 with keep-alive: a kube-apiserver then spreads its questions over several
 * connections, and each costs about half the CPU of an HTTP/2 stream in Node.
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Logger } from '../runtime/log.ts';
import { type TlsFiles, readTls, watchTls } from './tls-files.ts';
import { type ClientIdentity, MAX_BODY_BYTES, type WebhookRequest, type WebhookResponse, failure } from './webhook.ts';

export interface ServerOptions {
  readonly files: TlsFiles;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly log: Logger;
  answer(request: WebhookRequest): WebhookResponse;
}

export interface RunningServer {
  readonly address: string;
  /** Takes no new connection, finishes what is under way, and closes. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 120_000;
const DRAIN_MS = 1_000;

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const tls = await readTls(options.files);
  const server = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', maxHeaderSize: 16 * 1024 },
    (request, response) => void respond(request, response, options),
  );
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = IDLE_TIMEOUT_MS;
  server.on('tlsClientError', (error) => options.log.debug('tls handshake refused', { error: error.message }));
  const unwatch = watchTls(options.files, tls, options.log, (renewed) => server.setSecureContext(renewed));
  await listen(server, options);
  // Listening on a TCP port always has an AddressInfo.
  const { address, port } = server.address() as AddressInfo;
  return { address: `${address}:${port}`, stop: () => close(server, unwatch) };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  let answer: WebhookResponse;
  try {
    const body = await readBody(request);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    answer =
      body === undefined
        ? failure(413, `the body is larger than ${MAX_BODY_BYTES} bytes`)
        : options.answer({ method: request.method ?? '', path, client: identityOf(request), body });
  } catch (error) {
    options.log.error('cannot answer review', { error: error instanceof Error ? error.stack : String(error) });
    answer = failure(500, 'the authorizer failed to decide');
  }
  const payload = JSON.stringify(answer.body);
  const headers = {
    'content-type': 'application/json', 'content-length': Buffer.byteLength(payload),
    ...(answer.revision === undefined ? {} : { 'steward-revision': answer.revision }),
  };
  // What was not read of a body that is too large must not be taken for the next request.
  response.writeHead(answer.status, answer.status === 413 ? { ...headers, connection: 'close' } : headers).end(payload);
}

/** The body, or undefined when it is larger than is read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The identity of each connection: reading a certificate takes longer than a decision. */
const identities = new WeakMap<TLSSocket, ClientIdentity>();

function identityOf({ socket }: IncomingMessage): ClientIdentity | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
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
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server, unwatch: () => void): Promise<void> {
  unwatch();
  return new Promise((resolve) => {
    // Answers take no time; a client that holds its connection open must not hold us.
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
