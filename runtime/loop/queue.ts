/**
 * A queue of keys for workers. A key is queued at most once, and no two workers have the same key: a key that is added while a
 * worker has it is queued again afterwards. Each key has a backoff of its own.
 */
export interface QueueOptions {
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly now?: () => number;
}

const BASE_DELAY_MS = 50;
const MAX_DELAY_MS = 60_000;

export class Queue {
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #now: () => number;
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Keys that were added while a worker had them. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor({ baseDelayMs = BASE_DELAY_MS, maxDelayMs = MAX_DELAY_MS, now = Date.now }: QueueOptions = {}) {
    this.#baseDelayMs = baseDelayMs;
    this.#maxDelayMs = maxDelayMs;
    this.#now = now;
  }

  /** The number of keys that wait for a worker. */
  get depth(): number {
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#cancelTimer(key);
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    const worker = this.#ready.has(key) ? undefined : this.#waiting.shift();
    if (worker === undefined) this.#ready.add(key);
    else this.#hand(key, worker);
  }

  /** Adds the key after `delayMs`. Of several delays for a key, the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    // setTimeout is limited to 24 days. A longer delay ends early, and the reconcile asks for the rest.
    const wait = Number.isNaN(delayMs) ? this.#maxDelayMs : Math.min(Math.max(delayMs, 0), 2 ** 31 - 1);
    const at = this.#now() + wait;
    const planned = this.#timers.get(key);
    if (planned !== undefined && planned.at <= at) return;
    this.#cancelTimer(key);
    this.#timers.set(key, { at, timer: setTimeout(() => this.add(key), wait) });
  }

  /** Adds the key after a delay that doubles with each call since `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** failures));
  }

  /** Resets the backoff of the key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Waits for the next key; undefined after the queue was closed. Call `done` for each key. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    const [key] = this.#ready;
    return new Promise((resolve) => {
      if (key === undefined) this.#waiting.push(resolve);
      else this.#hand(key, resolve);
    });
  }

  /** The worker has finished with the key. */
  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Wakes all waiting workers with undefined. Ignores further keys. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#ready.clear();
    for (const worker of this.#waiting.splice(0)) worker(undefined);
  }

  #hand(key: string, worker: (key: string) => void): void {
    this.#ready.delete(key);
    this.#working.add(key);
    worker(key);
  }

  #cancelTimer(key: string): void {
    clearTimeout(this.#timers.get(key)?.timer);
    this.#timers.delete(key);
  }
}
