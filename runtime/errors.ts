/**
 * The errors that the controller loop distinguishes. A reconcile throws one of these to choose how it is retried. Any other
 * error is retried with backoff. Pure.
 */

/** The object itself is invalid. It is not retried until it changes. */
export class TerminalError extends Error {
  readonly code = 'E_TERMINAL';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A dependency does not exist yet. The watch on the dependency requeues the object; the retry is a safety net. */
export class WaitingError extends Error {
  readonly code = 'E_WAITING';
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An error response of the API server. `reason` is the reason of its Status object. */
export class ApiError extends Error {
  readonly code = 'E_API';
  readonly status: number;
  readonly reason: string;
  /** How long the server asks to wait before a retry. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** The requested resource version is older than the history that the server keeps. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

/** The message of anything that was thrown, with that of its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
