/**
 * Limits the connections of the webhook's server. The server reports when a connection opens, when its certificate is
 * verified, and each request on it; this class closes connections beyond the limits.
 *
 * Before verification, a peer may be anyone. A fixed number of such connections may be open; one more closes the
 * oldest. A handshake takes milliseconds, so in a flood the oldest connection is not a kube-apiserver. A limit that
 * refused the newest would let clients that never finish their handshakes lock out honest ones.
 *
 * After verification, the peer is a cluster. Each cluster has a limit of its own, so one that leaks connections affects
 * no other; its least recently used connection is closed first. Addresses play no role: many clusters may share one.
 */
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Connections whose certificate is not verified yet. */
  readonly unchecked: number;
  /** Connections of one cluster. Five kube-apiservers with 400 requests in flight each need 2,000. */
  readonly ofCluster: number;
}

/** A connection takes about 20 kB before its handshake and 80 kB after it. */
const LIMITS: ConnectionLimits = { unchecked: 1_024, ofCluster: 2_048 };

export class Connections {
  readonly #limits: ConnectionLimits;
  /** By peer address and port, oldest first. */
  readonly #unchecked = new Map<string, Socket>();
  /** By common name, least recently used first. */
  readonly #checked = new Map<string, Set<Socket>>();

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** To be called when a TCP connection opens. */
  opened(socket: Socket): void {
    const key = keyOf(socket);
    this.#unchecked.set(key, socket);
    socket.once('close', () => {
      // A later connection may use the same port.
      if (this.#unchecked.get(key) === socket) this.#unchecked.delete(key);
    });
    const [oldest] = this.#unchecked;
    if (this.#unchecked.size <= this.#limits.unchecked || oldest === undefined) return;
    this.#unchecked.delete(oldest[0]);
    oldest[1].destroy();
  }

  /** The keys of the connections whose certificate is not verified. */
  unchecked(): Iterable<string> {
    return this.#unchecked.keys();
  }

  /** Closes the connections whose certificate is not verified: a shutdown does not wait for unknown peers. */
  closeUnchecked(): void {
    for (const socket of this.#unchecked.values()) socket.destroy();
  }

  /** To be called when the certificate on a connection is verified as that of `cluster`. */
  checked(socket: Socket, cluster: string): void {
    this.#unchecked.delete(keyOf(socket));
    const own = this.#checked.get(cluster) ?? new Set();
    this.#checked.set(cluster, own);
    own.add(socket);
    socket.once('close', () => {
      own.delete(socket);
      if (own.size === 0 && this.#checked.get(cluster) === own) this.#checked.delete(cluster);
    });
    const [idlest] = own;
    if (own.size <= this.#limits.ofCluster || idlest === undefined) return;
    own.delete(idlest);
    idlest.destroy();
  }

  /** To be called for each request of `cluster` on a connection. */
  used(socket: Socket, cluster: string): void {
    const own = this.#checked.get(cluster);
    if (own?.delete(socket) === true) own.add(socket);
  }
}

/** The peer's address and port. */
export function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
