/**
 * Limits how many probes run at once. Half of the slots are for clusters that answer within QUICK_MS, half for the
 * others. A cluster that hangs holds a quick slot for at most one second, then waits in the slow lane for the rest of
 * its timeout. So all quick clusters are done within (their number / quick slots) seconds, whatever the others do.
 *
 * Slow slots needed: dead clusters × timeout / period, for example 50 × 10 s / 30 s = 17. With fewer, only dead
 * clusters wait.
 */
import PQueue from 'p-queue';

export const QUICK_MS = 1_000;

export type Lane = 'quick' | 'slow';

export class Lanes {
  readonly #queues: Readonly<Record<Lane, PQueue>>;

  /** `slots` is the number of probes that run at once, at least two. */
  constructor(slots: number) {
    const slow = Math.max(1, Math.floor(slots / 2));
    this.#queues = {
      quick: new PQueue({ concurrency: Math.max(1, slots - slow) }),
      slow: new PQueue({ concurrency: slow }),
    };
  }

  /** Runs the task as soon as the lane has a free slot. */
  run<T>(lane: Lane, task: () => Promise<T>): Promise<T> {
    return this.#queues[lane].add(task);
  }

  /** How many tasks wait for a slot. */
  waiting(lane: Lane): number {
    return this.#queues[lane].size;
  }
}
