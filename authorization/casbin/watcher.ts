/**
 * The Watcher of casbin over a Rule informer: tells an enforcer when to read the Rules anew.
 *
 * In: changes of Rules, and the passing of their ends. Out: calls of the callback that casbin sets. Changes of one turn
 * of the event loop make one call; a call never begins before the last one is through, and what came meanwhile makes one
 * more; a call that failed is repeated, later each time.
 */
import type { Watcher } from 'casbin';
import type { Rule } from '../../api/auth/rule.ts';
import { Backoff } from '../../runtime/cache/backoff.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { nextEnd } from './lines.ts';

export interface RuleWatcherOptions {
  /** Told of each call that failed; the rules that were read before stay in force meanwhile. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** The longest time that a timer of Node can wait, in milliseconds. */
const MAX_WAIT_MS = 2 ** 31 - 1;
const RETRY_MS = { first: 500, longest: 30_000 };

export class RuleWatcher implements Watcher {
  readonly #informer: Pick<Informer<Rule>, 'onChange' | 'store'>;
  readonly #options: RuleWatcherOptions;
  readonly #backoff = new Backoff(RETRY_MS.first, RETRY_MS.longest);
  #callback: (() => unknown) | undefined;
  /** Something changed that no call has begun to read. */
  #pending = false;
  #busy = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  /** Make it before the informer is started, so that no change is missed. */
  constructor(informer: Pick<Informer<Rule>, 'onChange' | 'store'>, options: RuleWatcherOptions) {
    this.#informer = informer;
    this.#options = options;
    informer.onChange(() => this.#wake());
  }

  /** casbin sets what reads the Rules anew. What changed before is told now. */
  setUpdateCallback(callback: () => unknown): void {
    this.#callback = callback;
    this.#waitForEnd();
    if (this.#pending) this.#wake();
  }

  /** casbin calls it after a change of its own. There is nothing to tell: all others watch the API server too. */
  update(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Ends the calls. The informer is ended by whoever started it. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wake(): void {
    this.#pending = true;
    if (this.#closed || this.#busy || this.#callback === undefined) return;
    this.#busy = true;
    // Not a microtask: the lines of one chunk of a watch are read with such ones between them.
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
      // Whatever comes until then is read by the repetition.
      this.#wait(this.#backoff.next(), () => void this.#call());
      this.#options.onError(error);
    }
  }

  /** An edge ends without any change of a Rule. */
  #waitForEnd(): void {
    const now = (this.#options.now ?? Date.now)();
    const atMs = nextEnd(this.#informer.store.list(), now);
    clearTimeout(this.#timer);
    if (atMs !== undefined) this.#wait(atMs - now, () => this.#wake());
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    // A timer that waits for a day far away wakes early, reads the same rules, and waits again.
    this.#timer = setTimeout(then, Math.min(ms, MAX_WAIT_MS)).unref();
  }
}
