/**
 * A queue of keys for workers. A key is in it at most once, and is never with two workers: what arrives while it is
 * being worked on is worked on once more afterwards. Failures come back later and later, each key on its own.
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
  /** Keys that arrived while they were being worked on. */
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

  /** How many keys wait for a worker. */
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

  /** Adds the key after `delayMs`; of several delays for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    // setTimeout can't hold more than 24 days; whoever waits so long is asked again on the way.
    const wait = Number.isNaN(delayMs) ? this.#maxDelayMs : Math.min(Math.max(delayMs, 0), 2 ** 31 - 1);
    const at = this.#now() + wait;
    const planned = this.#timers.get(key);
    if (planned !== undefined && planned.at <= at) return;
    this.#cancelTimer(key);
    this.#timers.set(key, { at, timer: setTimeout(() => this.add(key), wait) });
  }

  /** Adds the key after a delay that doubles with each failure since it was last forgotten. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** failures));
  }

  /** The key did well: its next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, when there is one; undefined when the queue was closed. Each key taken is to be given back with done. */
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

  /** Wakes all waiting workers with undefined and takes nothing more. */
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
