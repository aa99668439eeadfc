/**
 * The errors that the loop tells apart. A reconcile that throws one of these says what is to be done about it;
 * anything else is retried with backoff. Pure.
 */

/** The object itself is wrong: nothing is tried again until it changes. */
export class TerminalError extends Error {
  readonly code = 'E_TERMINAL';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Something that the object depends on is not there yet. Its watch wakes the object up; the retry is a safety net. */
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

/** An answer of the API server that is not a success. `reason` is that of its Status object. */
export class ApiError extends Error {
  readonly code = 'E_API';
  readonly status: number;
  readonly reason: string;
  /** How long the server asks to wait before another try. */
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

/** The resource version that was asked for is older than the server remembers. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');
}

/** Whatever was thrown, as text for a person. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
