/** The time as the rounds see it: the machine's, or a test's own. */
import { abortableSleep } from '../../runtime/abort.ts';

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** The moment, ISO 8601. */
  iso(): string;
  /** Returns when the time is over, or at once when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const machineClock: Clock = {
  now: () => performance.now(),
  iso: () => new Date().toISOString(),
  sleep: (ms, signal) => abortableSleep(Math.max(0, ms), signal),
};
