/** A TCP proxy on loopback in front of a kube-apiserver. TLS passes through it untouched; what it does to bytes is a fault. */
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FaultProxy {
  readonly port: number;
  /** Closes all connections, and refuses new ones. */
  cut(): void;
  /** Keeps all connections open, takes new ones, and forwards nothing either way. */
  silence(): void;
  /** Lets what the server sends through at this rate. */
  slow(bytesPerSecond: number): void;
  /** Closes all connections; new ones work. */
  dropConnections(): void;
  /** Works again. What was held back is passed on. */
  heal(): void;
  stop(): Promise<void>;
}

type Mode = 'open' | 'cut' | 'silent' | { readonly bytesPerSecond: number };

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let mode: Mode = 'open';
  let changed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const become = (next: Mode): void => {
    mode = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const forward = async (from: Socket, to: Socket, isAnswer: boolean): Promise<void> => {
    for await (const chunk of from) {
      while (mode === 'silent') await changed.promise;
      if (typeof mode === 'object' && isAnswer) await sleep(((chunk as Buffer).length / mode.bytesPerSecond) * 1_000);
      if (!to.write(chunk as Buffer)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
    }
    to.end();
  };
  const server = createServer((client) => {
    if (mode === 'cut') return void client.destroy();
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      // A connection that breaks ends its forwarding; that is all there is to know about it.
      forward(socket, other, socket === upstream).catch(() => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      become('cut');
      dropAll();
    },
    silence: () => become('silent'),
    slow: (bytesPerSecond) => become({ bytesPerSecond }),
    dropConnections: dropAll,
    heal: () => become('open'),
    stop: () => {
      become('open');
      dropAll();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
