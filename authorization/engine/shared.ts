/**
 * Values that many records share, kept while at least one record uses them. This saves memory; identity does not
 * matter.
 */
export class Shared<T> {
  readonly #entries = new Map<string, { readonly value: T; uses: number }>();

  /** The value of `key`, made by the first call. Each call must be paired with a release. */
  take(key: string, make: () => T): T {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.uses += 1;
      return known.value;
    }
    const value = make();
    this.#entries.set(key, { value, uses: 1 });
    return value;
  }

  /** Whether any record uses `key`. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.uses -= 1;
    if (entry.uses === 0) this.#entries.delete(key);
  }
}
