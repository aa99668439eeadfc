/** A TCP proxy on loopback in front of a kube-apiserver. TLS passes through it untouched; what it does to bytes is a fault. */
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type Mode = 'open' | 'cut' | 'silent' | { readonly bytesPerSecond: number };

export class FaultProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
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

  /** Closes all connections, and refuses new ones. */
  cut(): void {
    this.#become('cut');
    this.dropConnections();
  }

  /** Keeps all connections open, takes new ones, and forwards nothing either way. */
  silence(): void {
    this.#become('silent');
  }

  /** Lets what the server sends through at this rate. */
  slow(bytesPerSecond: number): void {
    this.#become({ bytesPerSecond });
  }

  /** Works again. What was held back is passed on. */
  heal(): void {
    this.#become('open');
  }

  /** Closes all connections; new ones work. */
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
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #take(client: Socket, targetPort: number): void {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      // A connection that breaks ends its forwarding; that is all there is to know about it.
      this.#forward(socket, other, socket === upstream).catch(() => undefined);
    }
  }

  async #forward(from: Socket, to: Socket, isAnswer: boolean): Promise<void> {
    for await (const chunk of from) {
      const bytes = chunk as Buffer;
      while (this.#mode === 'silent') await this.#changed.promise;
      if (typeof this.#mode === 'object' && isAnswer) await sleep((bytes.length / this.#mode.bytesPerSecond) * 1_000);
      if (!to.write(bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    }
    to.end();
  }
}
