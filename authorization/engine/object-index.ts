/**
 * Permissions by a literal part of their object pattern, which any object that they match has: the whole text, or what
 * stands before the first star, or else what stands after the last. A question looks up the parts of its object, one
 * for each length that occurs; only patterns that begin and end with a star (a part of length 0) are tried one by one.
 */
import type { Permission } from './graph.ts';
import type { Meter } from './meter.ts';
import { matchesCounted } from './pattern.ts';

export class ObjectIndex {
  readonly #whole = new Shelf();
  readonly #heads = new Shelf();
  readonly #tails = new Shelf();

  get isEmpty(): boolean {
    return this.#whole.isEmpty && this.#heads.isEmpty && this.#tails.isEmpty;
  }

  add(permission: Permission): void {
    const [shelf, part] = this.#placeOf(permission);
    shelf.add(part, permission);
  }

  remove(permission: Permission): void {
    const [shelf, part] = this.#placeOf(permission);
    shelf.remove(part, permission);
  }

  /** A line for this action on this object, both folded; none is found any more once `meter` is spent. */
  find(action: string, object: string, meter: Meter): Permission | undefined {
    return (
      findAmong(this.#whole.at(object), action, object, meter) ??
      this.#heads.find(action, object, meter, (length) => object.slice(0, length)) ??
      this.#tails.find(action, object, meter, (length) => object.slice(object.length - length))
    );
  }

  #placeOf({ object }: Permission): [Shelf, string] {
    if (object.suffix === undefined) return [this.#whole, object.prefix];
    return object.prefix === '' ? [this.#tails, object.suffix] : [this.#heads, object.prefix];
  }
}

/** The first of `lines` that is about this action on this object, both folded. */
export function findAmong(
  lines: readonly Permission[],
  action: string,
  object: string,
  meter: Meter,
): Permission | undefined {
  for (const line of lines) {
    if (meter.isSpent) return undefined;
    if (matchesCounted(line.action, action, meter) && matchesCounted(line.object, object, meter)) return line;
  }
  return undefined;
}

const NO_LINES: Permission[] = [];
/** What it takes to look where the lines of one part are, beside its characters. */
const STEPS_OF_PLACE = 8;

/** Lines by a literal part, and how many parts of each length there are. */
class Shelf {
  readonly #lines = new Map<string, Permission[]>();
  readonly #lengths = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  at(part: string): readonly Permission[] {
    return this.#lines.get(part) ?? NO_LINES;
  }

  add(part: string, permission: Permission): void {
    const lines = this.#lines.get(part);
    if (lines === undefined) {
      this.#lines.set(part, [permission]);
      this.#lengths.set(part.length, (this.#lengths.get(part.length) ?? 0) + 1);
    } else lines.push(permission);
  }

  remove(part: string, permission: Permission): void {
    const left = this.at(part).filter((line) => line !== permission);
    if (left.length > 0) {
      this.#lines.set(part, left);
    } else if (this.#lines.delete(part)) {
      const parts = (this.#lengths.get(part.length) ?? 1) - 1;
      if (parts === 0) this.#lengths.delete(part.length);
      else this.#lengths.set(part.length, parts);
    }
  }

  /** The first line that matches, of those whose part is one of `partOf(length)`. */
  find(action: string, object: string, meter: Meter, partOf: (length: number) => string): Permission | undefined {
    for (const length of this.#lengths.keys()) {
      if (length > object.length) continue;
      meter.steps += STEPS_OF_PLACE + length;
      const found = findAmong(this.at(partOf(length)), action, object, meter);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
