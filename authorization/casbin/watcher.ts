/**
 * A casbin Watcher over a Rule informer: tells an enforcer when to reload the Rules.
 *
 * It calls casbin's callback when Rules change and when a Rule expires. Changes in one turn of the event loop result in one
 * call. Calls never overlap; changes during a call result in one more. A failed call is retried with backoff.
 */
import type { Watcher } from 'casbin';
import type { Rule } from '../../api/auth/rule.ts';
import { Backoff } from '../../runtime/cache/backoff.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { nextEnd } from './lines.ts';

export interface RuleWatcherOptions {
  /** Called for each failed reload. The old rules stay in force until a retry succeeds. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** The longest delay of a Node timer, in milliseconds. */
const MAX_WAIT_MS = 2 ** 31 - 1;
const RETRY_MS = { first: 500, longest: 30_000 };

export class RuleWatcher implements Watcher {
  readonly #informer: Pick<Informer<Rule>, 'onChange' | 'store'>;
  readonly #options: RuleWatcherOptions;
  readonly #backoff = new Backoff(RETRY_MS.first, RETRY_MS.longest);
  #callback: (() => unknown) | undefined;
  /** Whether there is a change that no call has begun to load. */
  #pending = false;
  #busy = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  /** Create it before the informer starts, so that it misses no change. */
  constructor(informer: Pick<Informer<Rule>, 'onChange' | 'store'>, options: RuleWatcherOptions) {
    this.#informer = informer;
    this.#options = options;
    informer.onChange(() => this.#wake());
  }

  /** casbin sets the function that reloads the Rules. Earlier changes trigger it now. */
  setUpdateCallback(callback: () => unknown): void {
    this.#callback = callback;
    this.#waitForEnd();
    if (this.#pending) this.#wake();
  }

  /** casbin calls it after its own changes. Nothing to do: every other enforcer watches the API server too. */
  update(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Stops the calls. The caller stops the informer. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wake(): void {
    this.#pending = true;
    if (this.#closed || this.#busy || this.#callback === undefined) return;
    this.#busy = true;
    // Not a microtask: the lines of one chunk of a watch are read with microtasks in between.
    setImmediate(() => void this.#call());
  }

  async #call(): Promise<void> {
    if (this.#closed) return;
    this.#pending = false;
    try {
      await this.#callback?.();
      this.#backoff.reset();
      this.#busy = false;
      this.#waitForEnd();
      if (this.#pending) this.#wake();
    } catch (error) {
      // The retry also loads what changes until then.
      this.#wait(this.#backoff.next(), () => void this.#call());
      this.#options.onError(error);
    }
  }

  /** A Rule expires without a change of the object. */
  #waitForEnd(): void {
    const now = (this.#options.now ?? Date.now)();
    const atMs = nextEnd(this.#informer.store.list(), now);
    clearTimeout(this.#timer);
    if (atMs !== undefined) this.#wait(atMs - now, () => this.#wake());
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    // For an end beyond the longest delay, the timer fires early, reloads the same rules, and is set again.
    this.#timer = setTimeout(then, Math.min(ms, MAX_WAIT_MS)).unref();
  }
}
