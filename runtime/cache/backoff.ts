/** Exponential backoff with full jitter: each delay is random between zero and a ceiling that doubles. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(baseMs: number, maxMs: number, random: () => number = Math.random) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The next delay in milliseconds. Each call counts as a failure. */
  next(): number {
    const ceiling = Math.min(this.#maxMs, this.#baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return ceiling * this.#random();
  }

  reset(): void {
    this.#failures = 0;
  }
}
