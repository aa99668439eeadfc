/**
 * Parallel writes with a bound, shared by all workers of a process. What the API server's priority and fairness asks
 * for (429 with Retry-After) is waited for here, so that one busy moment does not cost every object a backoff.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { ApiError } from './errors.ts';

const MAX_TRIES = 5;

export class Writes {
  readonly #queue: PQueue;

  constructor(limit: number) {
    this.#queue = new PQueue({ concurrency: limit });
  }

  /** Runs all tasks and waits for every one of them; then throws the error of one that failed, if any did. */
  async all(tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
    const results = await Promise.allSettled(tasks.map((task) => this.#queue.add(() => patiently(task))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

async function patiently(task: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await task();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || attempt === MAX_TRIES) throw error;
      await sleep(error.retryAfterMs ?? 1_000);
    }
  }
}
