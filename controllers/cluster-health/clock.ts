/** The time that probes are scheduled by: the machine's clock, or one that a test controls. */
import { abortableSleep } from '../../runtime/abort.ts';

export interface Clock {
  /** Milliseconds. Never goes back. */
  now(): number;
  /** The time of day, ISO 8601. */
  iso(): string;
  /** Returns after `ms` milliseconds, or at once when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const machineClock: Clock = {
  now: () => performance.now(),
  iso: () => new Date().toISOString(),
  sleep: (ms, signal) => abortableSleep(Math.max(0, ms), signal),
};
