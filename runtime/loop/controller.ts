/**
 * The loop of a controller: changes enqueue keys, workers take keys and reconcile them, and the outcome decides when a key is
 * requeued. Reconciling is level-based: its input is a key, and it reads the current state each time.
 */

import { type KubeObject, keyOf } from '../../api/object.ts';
import { abortableSleep, untilAborted } from '../abort.ts';
import type { Change, Informer } from '../cache/informer.ts';
import { ApiError, isConflict, messageOf, TerminalError, WaitingError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Queue } from './queue.ts';

export interface Outcome {
  /** Requeues the key after this time, even if nothing changes. */
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  readonly log: Logger;
  /** Aborts when the process must stop. */
  readonly signal: AbortSignal;
}

/** A source of keys. */
export interface Watch {
  readonly synced: Promise<void>;
  /** The keys of all objects in the cache. */
  allKeys(): Iterable<string>;
  onKeys(handler: (keys: Iterable<string>) => void): void;
}

/** The keys for each change of an informer: those for the object as it is and as it was. */
export function watch<T extends KubeObject>(informer: Informer<T>, keys: (object: T) => Iterable<string>): Watch {
  return {
    synced: informer.synced,
    allKeys: () => informer.store.list().flatMap((object) => [...keys(object)]),
    onKeys: (handler) =>
      informer.onChange(({ object, old }: Change<T>) => {
        handler(old === undefined ? keys(object) : new Set([...keys(old), ...keys(object)]));
      }),
  };
}

/** Watches an informer with the keys of its own objects. */
export function watchOwn<T extends KubeObject>(informer: Informer<T>): Watch {
  return watch(informer, (object) => [keyOf(object.metadata)]);
}

export interface ControllerOptions {
  readonly name: string;
  /** The first one is the watch of the controller's own kind. */
  readonly watches: readonly Watch[];
  reconcile(key: string, context: ReconcileContext): Promise<Outcome>;
  /** The number of workers. */
  readonly concurrency?: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const CONCURRENCY = 8;
/** Full resync interval, a safety net for missed events. */
const RESYNC_MS = 10 * 60_000;
/** When to retry while waiting for a dependency or an overloaded server, unless the error says when. */
const WAIT_MS = 30_000;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #log: Logger;
  /** Set only while it runs. Each run starts with all keys, so earlier changes need no queue. */
  #queue: Queue | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#log = options.log.child({ controller: options.name });
    for (const each of options.watches) each.onKeys((keys) => this.#addAll(keys));
    options.metrics.observeQueue(options.name, () => this.#queue?.depth ?? 0);
  }

  /**
   * Waits for all caches, then reconciles until `signal` aborts and the reconciles in progress have ended. Can run again afterwards,
   * when a leader regains its Lease.
   */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.race([Promise.all(this.#options.watches.map((each) => each.synced)), untilAborted(signal)]);
    if (signal.aborted) return;
    const queue = new Queue();
    this.#queue = queue;
    // A new leader reconciles everything: earlier changes were up to the previous leader.
    this.#resync();
    signal.addEventListener('abort', () => queue.close(), { once: true });
    const workers = Array.from({ length: this.#options.concurrency ?? CONCURRENCY }, () => this.#work(queue, signal));
    await Promise.all([...workers, this.#resyncForever(signal)]);
    // The next run may have started while this one was ending.
    if (this.#queue === queue) this.#queue = undefined;
  }

  #addAll(keys: Iterable<string>): void {
    if (this.#queue === undefined) return;
    for (const key of keys) {
      this.#options.metrics.queueAdds.inc({ name: this.#options.name });
      this.#queue.add(key);
    }
  }

  #resync(): void {
    const [own] = this.#options.watches;
    if (own !== undefined) this.#addAll(own.allKeys());
  }

  async #resyncForever(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await abortableSleep(RESYNC_MS * (0.8 + 0.4 * Math.random()), signal);
      if (!signal.aborted) this.#resync();
    }
  }

  async #work(queue: Queue, signal: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const end = this.#options.metrics.reconcileTime.startTimer({ controller: this.#options.name });
      const result = await this.#reconcile(key, queue, signal);
      end();
      this.#options.metrics.reconcileTotal.inc({ controller: this.#options.name, result });
      queue.done(key);
    }
  }

  async #reconcile(key: string, queue: Queue, signal: AbortSignal): Promise<string> {
    const log = this.#log.child({ key });
    try {
      const { requeueAfterMs } = await this.#options.reconcile(key, { log, signal });
      queue.forget(key);
      if (requeueAfterMs === undefined) return 'success';
      queue.addAfter(key, requeueAfterMs);
      return 'requeue_after';
    } catch (error) {
      return this.#failed(key, error, queue, log);
    }
  }

  #failed(key: string, error: unknown, queue: Queue, log: Logger): string {
    if (error instanceof TerminalError) {
      log.info('cannot reconcile until the object changes', { reason: error.reason, error: messageOf(error) });
      queue.forget(key);
      return 'terminal';
    }
    if (error instanceof WaitingError) {
      log.debug('waiting', { reason: error.reason });
      queue.forget(key);
      queue.addAfter(key, error.retryAfterMs ?? WAIT_MS);
      return 'waiting';
    }
    // Another writer was faster. The next change in the cache resolves it, so there is nothing to log.
    if (!isConflict(error)) log.error('reconcile failed', { error: messageOf(error) });
    this.#options.metrics.queueRetries.inc({ name: this.#options.name });
    // The server chooses the delay. It is overloaded; the key did not fail.
    if (error instanceof ApiError && error.status === 429) queue.addAfter(key, error.retryAfterMs ?? WAIT_MS);
    else queue.addRateLimited(key);
    return 'error';
  }
}
