/** A cache of objects by key, with indexes. The returned objects are shared: treat them as read-only. Pure. */
export interface Store<T> {
  get(key: string): T | undefined;
  list(): T[];
  /** The objects that the index lists under `value`. */
  byIndex(index: string, value: string): T[];
  readonly size: number;
}

/** The values under which an index lists an object. */
export type IndexFunction<T> = (object: T) => readonly string[];

export class IndexedStore<T> implements Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { values: IndexFunction<T>; keys: Map<string, Set<string>> }>();

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    for (const [name, values] of Object.entries(indexes)) this.#indexes.set(name, { values, keys: new Map() });
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** Throws for an undeclared index, because an empty result would hide the mistake. */
  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new Error(`the store has no index ${index}`);
    return [...(found.keys.get(value) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Stores an object under its key. Returns the previous one. */
  set(key: string, object: T): T | undefined {
    const old = this.delete(key);
    this.#objects.set(key, object);
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(object)) {
        const held = keys.get(value);
        if (held === undefined) keys.set(value, new Set([key]));
        else held.add(key);
      }
    }
    return old;
  }

  /** Removes and returns the object with that key. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(old)) {
        const held = keys.get(value);
        held?.delete(key);
        if (held?.size === 0) keys.delete(value);
      }
    }
    return old;
  }
}
