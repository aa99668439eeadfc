/**
 * How one reconciliation leaves an object. The steps (ensure-rules.ts, release-rules.ts) return a standing; its status and its requeue
 * follow from that alone. Pure.
 */
import type { WaitingReason } from '../../api/auth/reasons.ts';
import { ApiError, isConflict, WaitingError } from '../../runtime/errors.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import type { Translation } from './translation.ts';

export type Standing = InForce | Waiting | Refused | Released;

/** The Rules are as translated, and every authorizer replica decides by them. */
export interface InForce {
  readonly state: 'inForce';
  readonly translation: Translation;
  /** The number of Rules that the object owns. */
  readonly rules: number;
  /** When the object expires, in milliseconds since the epoch; undefined when it does not. */
  readonly endsAtMs: number | undefined;
}

export interface Waiting {
  readonly state: 'waiting';
  readonly reason: WaitingReason;
  readonly message: string;
  readonly retryAfterMs: number;
  /** Whether the status says so. A short wait is not worth a write. */
  readonly isReported: boolean;
}

/** The API server refused to write a Rule. */
export interface Refused {
  readonly state: 'refused';
  readonly error: ApiError;
}

/** The object is being deleted, and the finalizer is gone. */
export interface Released {
  readonly state: 'released';
}

/** The standing after an error of the API server on a write. Throws what is no refusal, and what passes by itself. */
export function refusalOf(error: unknown): Refused {
  if (!(error instanceof ApiError) || isConflict(error) || error.status === 429) throw error;
  return { state: 'refused', error };
}

/** When the loop reconciles the object again. Throws what the loop retries. */
export function outcomeOf(standing: Standing, nowMs: number): Outcome {
  if (standing.state === 'refused') throw standing.error;
  if (standing.state === 'waiting') throw new WaitingError(standing.reason, standing.message, standing.retryAfterMs);
  if (standing.state === 'released') return {};
  const { endsAtMs } = standing;
  return endsAtMs !== undefined && endsAtMs > nowMs ? { requeueAfterMs: endsAtMs - nowMs } : {};
}
