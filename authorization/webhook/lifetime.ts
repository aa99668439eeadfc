/**
 * Ends the connections of clusters in time. TLS verifies a certificate once, when the connection opens, and a busy
 * kube-apiserver keeps its connections forever. Without an end, a client whose certificate has expired, or whose
 * authority is no longer trusted, could go on asking. The end is graceful, so that no request in flight is lost: the
 * next response announces that it is the last (`connection: close`); a connection that sends no request within a second
 * is closed.
 */
import type { TLSSocket } from 'node:tls';

/** After an hour a cluster must present its certificate again. */
const MAX_AGE_MS = 3_600_000;
/** Time for requests that were sent but not yet read when the end was decided. */
const GRACE_MS = 1_000;

interface Life {
  /** Milliseconds since the epoch from which the next response is the last. */
  readonly agedAt: number;
  /** Milliseconds since the epoch at which the client certificate expires. */
  readonly expiresAt: number;
  /** Requests in flight. */
  inFlight: number;
  /** The next response is the last. */
  ending: boolean;
  /** The grace period is over as well: close as soon as no request is in flight. */
  due: boolean;
}

export class Lifetimes {
  readonly #lives = new Map<TLSSocket, Life>();
  readonly #maxAgeMs: number;

  constructor(maxAgeMs = MAX_AGE_MS) {
    this.#maxAgeMs = maxAgeMs;
  }

  /**
   * To be called when the certificate is verified. It may have expired already: a resumed TLS session is not verified
   * again.
   */
  opened(socket: TLSSocket, expiresAt: number): void {
    this.#lives.set(socket, { agedAt: Date.now() + this.#maxAgeMs, expiresAt, inFlight: 0, ending: false, due: false });
    socket.once('close', () => this.#lives.delete(socket));
    this.#endIfExpired(socket);
  }

  /** To be called when a request begins. */
  requestStarted(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life !== undefined) life.inFlight += 1;
  }

  /** Whether a response sent now is the connection's last. */
  isLast(socket: TLSSocket): boolean {
    const life = this.#lives.get(socket);
    return life !== undefined && (life.ending || Date.now() >= life.agedAt);
  }

  /** To be called when a request has its response, or its client is gone. */
  requestEnded(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life === undefined) return;
    life.inFlight -= 1;
    if (life.due && life.inFlight === 0) socket.destroySoon();
  }

  /** Ends a connection gracefully. */
  end(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    if (life === undefined || life.ending) return;
    life.ending = true;
    const close = (): void => {
      life.due = true;
      if (life.inFlight === 0) socket.destroySoon();
    };
    setTimeout(close, GRACE_MS).unref();
  }

  /** Ends all connections: their clients may no longer be trusted. */
  endAll(): void {
    for (const socket of this.#lives.keys()) this.end(socket);
  }

  /** Ends the connections whose client certificate has expired. */
  endExpired(): void {
    for (const socket of this.#lives.keys()) this.#endIfExpired(socket);
  }

  #endIfExpired(socket: TLSSocket): void {
    const life = this.#lives.get(socket);
    // An unreadable expiry (NaN) counts as expired.
    if (life !== undefined && !(Date.now() < life.expiresAt)) this.end(socket);
  }
}
