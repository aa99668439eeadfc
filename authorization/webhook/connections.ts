/**
 * Which connections the webhook's server holds. Each connection is told to it when it opens, when its certificate has been
 * checked, and at each request; it closes those that are too many.
 *
 * Until its certificate is checked, a peer may be anybody. Of such connections a fixed number is open at a time; when one
 * more comes, the oldest goes. A handshake takes milliseconds, so what is oldest in a crowd is no kube-apiserver, and a
 * crowd that never finishes its handshakes can't keep honest peers out, as a limit that refuses the newest would.
 *
 * Afterwards the peer is a cluster. Each has a limit of its own, so that one that leaks connections harms nobody else;
 * what it has not used for longest goes first. Addresses are not looked at: many clusters may stand behind one.
 */
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Connections whose certificate is not checked yet. */
  readonly unchecked: number;
  /** Connections of one cluster. Five kube-apiservers with 400 requests under way each need 2,000. */
  readonly ofCluster: number;
}

/** A connection takes about 20 kB before its handshake and 80 kB after it. */
const LIMITS: ConnectionLimits = { unchecked: 1_024, ofCluster: 2_048 };

export class Connections {
  readonly #limits: ConnectionLimits;
  /** By peer address and port, the oldest first. */
  readonly #unchecked = new Map<string, Socket>();
  /** By common name, the one unused for longest first. */
  readonly #checked = new Map<string, Set<Socket>>();

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /** A TCP connection was opened. */
  opened(socket: Socket): void {
    const key = keyOf(socket);
    this.#unchecked.set(key, socket);
    socket.once('close', () => {
      // A later connection may have the same port.
      if (this.#unchecked.get(key) === socket) this.#unchecked.delete(key);
    });
    const [oldest] = this.#unchecked;
    if (this.#unchecked.size <= this.#limits.unchecked || oldest === undefined) return;
    this.#unchecked.delete(oldest[0]);
    oldest[1].destroy();
  }

  /** The keys of those whose certificate is not checked. */
  unchecked(): Iterable<string> {
    return this.#unchecked.keys();
  }

  /** Closes those whose certificate is not checked: whoever ends waits for nobody unknown. */
  closeUnchecked(): void {
    for (const socket of this.#unchecked.values()) socket.destroy();
  }

  /** The certificate on a connection was checked: it is one of `cluster`. */
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

  /** `cluster` sends a request on a connection. */
  used(socket: Socket, cluster: string): void {
    const own = this.#checked.get(cluster);
    if (own?.delete(socket) === true) own.add(socket);
  }
}

/** The peer address and port. */
export function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
