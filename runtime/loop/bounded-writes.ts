/** Limits the parallel writes of a process, across all its workers. */
import PQueue from 'p-queue';

export class BoundedWrites {
  readonly #queue: PQueue;

  constructor(limit: number) {
    this.#queue = new PQueue({ concurrency: limit });
  }

  /** Runs all tasks and waits for all of them. If any failed, then throws the error of the first one. */
  async all(tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
    const results = await Promise.allSettled(tasks.map((task) => this.#queue.add(task)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
