/**
 * Connections that misbehave towards a webhook, and honest requests meanwhile. Uses real sockets, for integration
 * tests.
 */
import { Agent, request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { IssuedCertificate } from '../../clusters/controlplane/certificates.ts';

export interface Target {
  readonly port: number;
  readonly ca: string;
  /** The client certificate of a cluster. */
  readonly client: IssuedCertificate;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Posts to the webhook over TLS, by default on a new connection. Throws when there is no answer. */
export function ask(
  { port, ca, client }: Target,
  body: string | Buffer,
  options: { agent?: Agent; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const { agent = false, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/auth/authz', method: 'POST', ca, ...client, agent, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Opens `count` plain TCP connections, 200 at a time. */
export async function openTcp(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(200, count - sockets.length) }, () =>
      connectTcp({ host: '127.0.0.1', port }).on('error', () => {}),
    );
    await Promise.all(batch.map((socket) => settled(socket, 'connect')));
    sockets.push(...batch);
  }
  return sockets;
}

/** Opens `count` TLS connections, 20 at a time, and waits for their handshakes. */
export async function openTls({ port, ca, client }: Target, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(20, count - sockets.length) }, () =>
      connectTls({ host: '127.0.0.1', port, ca, ...client }).on('error', () => {}),
    );
    await Promise.all(batch.map((socket) => settled(socket, 'secureConnect')));
    sockets.push(...batch);
  }
  return sockets;
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve()).once('close', () => resolve());
  });
}

/**
 * Counts the sockets that the server has not closed. A caller must read what the server sends, or the close goes
 * unnoticed.
 */
export function stillOpen(sockets: readonly Socket[]): number {
  return sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
}

/** Sends `text` one byte every `everyMs`, until the connection closes. */
export async function drip(socket: Socket, text: string, everyMs: number): Promise<void> {
  for (const byte of Buffer.from(text)) {
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
    await sleep(everyMs);
  }
}

/** Sends `bytes` and returns everything received until the server closes the connection or `isEnough` returns true. */
export function exchange(
  socket: Socket,
  bytes: string | Buffer,
  isEnough: (text: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (isEnough(text)) done();
    });
    socket.once('close', done);
    socket.write(bytes);
  });
}

/** Sends honest requests one after the other: every other one on a kept connection, the rest on new ones. */
export class Honest {
  readonly replies: { readonly reply: Reply | Error; readonly tookMs: number }[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(target: Target, body: string) {
    this.#running = this.#ask(target, body);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #ask(target: Target, body: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; !this.#stop.signal.aborted; i++) {
      const startedAt = performance.now();
      const reply = await ask(target, body, i % 2 === 0 ? { agent } : {}).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      );
      this.replies.push({ reply, tookMs: performance.now() - startedAt });
      await sleep(20);
    }
    agent.destroy();
  }
}
