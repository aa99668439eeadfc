/**
 * How long a connection of a cluster lasts. TLS looks at a certificate once, when the connection opens, and a busy
 * kube-apiserver keeps its connections for ever: without an end, a certificate that has expired, or whose authority is
 * trusted no more, would go on asking. An end is no abrupt one, or a question on its way would be lost: the next answer
 * says that it is the last, and only what asks nothing for a second is closed without one.
 */
import type { TLSSocket } from 'node:tls';

/** After an hour a cluster shows its certificate again. */
const MAX_AGE_MS = 3_600_000;
/** What was sent, and not read yet, when an end was decided. */
const GRACE_MS = 1_000;

interface Life {
  /** When its next answer is its last one. */
  readonly oldAt: number;
  /** When the certificate is good no more. */
  readonly expiresAt: number;
  /** Questions under way. */
  open: number;
  /** Its next answer is its last one. */
  over: boolean;
  /** It has had its grace, too. */
  due: boolean;
}

export class Lifetimes {
  readonly #lives = new Map<TLSSocket, Life>();
  readonly #maxAgeMs: number;

  constructor(maxAgeMs = MAX_AGE_MS) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** The certificate on a connection was checked. It need not be good any more: a resumed session is not checked anew. */
  opened(socket: TLSSocket, expiresAt: number): void {
    this.#lives.set(socket, { oldAt: Date.now() + this.#maxAgeMs, expiresAt, open: 0, over: false, due: false });
    socket.once('close', () => this.#lives.delete(socket));
    this.#endIfExpired(socket);
  }

  /** A question begins. */
  asked(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life !== undefined) life.open += 1;
  }

  /** Whether the answer that is given now is the connection's last. */
  isLast(socket: TLSSocket): boolean {
    const life = this.#lives.get(socket);
    return life !== undefined && (life.over || Date.now() >= life.oldAt);
  }

  /** A question has got its answer, or waits for none any more. */
  answered(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life === undefined) return;
    life.open -= 1;
    if (life.due && life.open === 0) socket.destroySoon();
  }

  end(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life === undefined || life.over) return;
    life.over = true;
    const close = (): void => {
      life.due = true;
      if (life.open === 0) socket.destroySoon();
    };
    setTimeout(close, GRACE_MS).unref();
  }

  /** Ends all: whom they were opened for may not be trusted any more. */
  endAll(): void {
    for (const socket of this.#lives.keys()) this.end(socket);
  }

  /** Ends those whose certificate is good no more. */
  endExpired(): void {
    for (const socket of this.#lives.keys()) this.#endIfExpired(socket);
  }

  #endIfExpired(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    // An end that can't be read is none to rely on.
    if (life !== undefined && !(Date.now() < life.expiresAt)) this.end(socket);
  }
}
