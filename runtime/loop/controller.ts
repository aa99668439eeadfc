/**
 * The loop of a controller: changes become keys, workers take keys and reconcile, the outcome decides when a key comes
 * again. Reconciling is level-based: the input is a key, and what is true is read anew each time.
 */

import { type KubeObject, keyOf } from '../../api/object.ts';
import { abortableSleep, untilAborted } from '../abort.ts';
import type { Change, Informer } from '../cache/informer.ts';
import { ApiError, isConflict, messageOf, TerminalError, WaitingError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { Queue } from './queue.ts';

export interface Outcome {
  /** Comes again after this time even if nothing changes. */
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  readonly log: Logger;
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
}

/** A source of keys. */
export interface Watch {
  readonly synced: Promise<void>;
  /** The keys of everything in the cache. */
  allKeys(): Iterable<string>;
  onKeys(handler: (keys: Iterable<string>) => void): void;
}

/** Keys from the changes of an informer: those of the object as it is and as it was. */
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

/** Watches an informer by the keys of its own objects. */
export function watchOwn<T extends KubeObject>(informer: Informer<T>): Watch {
  return watch(informer, (object) => [keyOf(object.metadata)]);
}

export interface ControllerOptions {
  readonly name: string;
  /** The first is that of the controller's own kind. */
  readonly watches: readonly Watch[];
  reconcile(key: string, context: ReconcileContext): Promise<Outcome>;
  /** How many keys are worked on at once. */
  readonly concurrency?: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How often every key comes again, against what nobody thought of. */
  readonly resyncMs?: number;
}

const CONCURRENCY = 8;
const RESYNC_MS = 10 * 60_000;
const WAIT_MS = 30_000;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #log: Logger;
  /** Only while it runs: what changes before is read at the beginning of the run. */
  #queue: Queue | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#log = options.log.child({ controller: options.name });
    for (const each of options.watches) each.onKeys((keys) => this.#addAll(keys));
    options.metrics.observeQueue(options.name, () => this.#queue?.depth ?? 0);
  }

  /**
   * Works until `signal` aborts and what was under way has ended. Waits for all caches before the first key.
   * It may run again afterwards, as a leader does that lost its Lease and got it back.
   */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.race([Promise.all(this.#options.watches.map((each) => each.synced)), untilAborted(signal)]);
    if (signal.aborted) return;
    const queue = new Queue();
    this.#queue = queue;
    // A new leader has to see everything: changes before its time were somebody else's to handle.
    this.#resync();
    signal.addEventListener('abort', () => queue.close(), { once: true });
    const workers = Array.from({ length: this.#options.concurrency ?? CONCURRENCY }, () => this.#work(queue, signal));
    await Promise.all([...workers, this.#resyncForever(signal)]);
    // A later run may have begun while this one was still ending.
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
    const every = this.#options.resyncMs ?? RESYNC_MS;
    while (!signal.aborted) {
      await abortableSleep(every * (0.8 + 0.4 * Math.random()), signal);
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
      log.info('cannot reconcile until it changes', { reason: error.reason, error: messageOf(error) });
      queue.forget(key);
      return 'terminal';
    }
    if (error instanceof WaitingError) {
      log.debug('waiting', { reason: error.reason });
      queue.forget(key);
      queue.addAfter(key, error.retryAfterMs ?? WAIT_MS);
      return 'waiting';
    }
    // Somebody else was faster; what the cache brings next decides. Not worth a line.
    if (!isConflict(error)) log.error('reconcile failed', { error: messageOf(error) });
    this.#options.metrics.queueRetries.inc({ name: this.#options.name });
    // What the server asks for is its to say, and no failure of this key.
    if (error instanceof ApiError && error.status === 429) queue.addAfter(key, error.retryAfterMs ?? WAIT_MS);
    else queue.addRateLimited(key);
    return 'error';
  }
}
