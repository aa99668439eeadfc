/**
 * A TCP proxy on loopback in front of a kube-apiserver, which injects network faults. TLS passes through it unchanged.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type Mode = 'open' | 'cut' | 'silent' | { readonly bytesPerSecond: number };

export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #forgotten = new WeakSet<Socket>();
  #mode: Mode = 'open';
  #changed = Promise.withResolvers<void>();

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#take(client, targetPort));
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    // Listening on a TCP port always has an AddressInfo.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closes all connections and refuses new ones. */
  cut(): void {
    this.#become('cut');
    this.dropConnections();
  }

  /** Keeps all connections open and accepts new ones, but forwards nothing in either direction. */
  silence(): void {
    this.#become('silent');
  }

  /** Limits what the server sends to this rate. */
  slow(bytesPerSecond: number): void {
    this.#become({ bytesPerSecond });
  }

  /** Ends any fault and forwards the delayed bytes. */
  heal(): void {
    this.#become('open');
  }

  /** Existing connections carry nothing from now on and stay open, even when the server closes them. New ones work. */
  forget(): void {
    for (const socket of this.#sockets) this.#forgotten.add(socket);
    this.#wake();
  }

  /** Closes all connections. New ones work. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.heal();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropConnections();
    await closed;
  }

  #become(mode: Mode): void {
    this.#mode = mode;
    this.#wake();
  }

  /** Waits until the time is over or the mode changes. */
  async #lag(ms: number): Promise<void> {
    await Promise.race([sleep(ms, undefined, { ref: false }), this.#changed.promise]);
  }

  /** Makes delayed forwarding check the mode again. */
  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #take(client: Socket, targetPort: number): void {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#forgotten.has(socket)) other.destroy();
      });
      // A broken connection ends its forwarding, and nothing else has to happen.
      this.#forward(socket, other, socket === upstream).catch(() => undefined);
    }
  }

  async #forward(from: Socket, to: Socket, isAnswer: boolean): Promise<void> {
    for await (const chunk of from) {
      const bytes = chunk as Buffer;
      while (this.#mode === 'silent' && !this.#forgotten.has(from)) await this.#changed.promise;
      if (typeof this.#mode === 'object' && isAnswer)
        await this.#lag((bytes.length / this.#mode.bytesPerSecond) * 1_000);
      // Leaving the loop would close the connection.
      if (this.#forgotten.has(from)) await once(from, 'close');
      if (!to.write(bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    if (!this.#forgotten.has(from)) to.end();
  }
}
