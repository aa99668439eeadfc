/**
 * Which probes run at once. Half of the slots are for clusters that answer within QUICK_MS, half for those that don't: a
 * cluster that hangs holds a slot of the quick ones for one second at most, and then waits with its like for the rest of
 * its time. So the quick clusters are through in at most (their number / slots) seconds, whatever the others do.
 *
 * Slow slots that are needed: dead clusters × timeout / period; 50 × 10 s / 30 s = 17. With fewer, only dead ones wait.
 */
import PQueue from 'p-queue';

export const QUICK_MS = 1_000;

export type Lane = 'quick' | 'slow';

export class Lanes {
  readonly #queues: Readonly<Record<Lane, PQueue>>;

  /** `slots`: how many probes run at once, at least two. */
  constructor(slots: number) {
    const slow = Math.max(1, Math.floor(slots / 2));
    this.#queues = {
      quick: new PQueue({ concurrency: Math.max(1, slots - slow) }),
      slow: new PQueue({ concurrency: slow }),
    };
  }

  /** Runs it when there is a slot. */
  run<T>(lane: Lane, task: () => Promise<T>): Promise<T> {
    return this.#queues[lane].add(task);
  }

  /** How many wait for a slot. */
  waiting(lane: Lane): number {
    return this.#queues[lane].size;
  }
}
