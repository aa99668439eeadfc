/** Parallel writes with a bound, shared by all workers of a process. */
import PQueue from 'p-queue';

export class Writes {
  readonly #queue: PQueue;

  constructor(limit: number) {
    this.#queue = new PQueue({ concurrency: limit });
  }

  /** Runs all tasks and waits for every one of them; then throws the error of one that failed, if any did. */
  async all(tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
    const results = await Promise.allSettled(tasks.map((task) => this.#queue.add(task)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
