/**
 * Indexes lines by a literal part of their object pattern: the whole text without stars, or else the text before the
 * first star, or else the text after the last. Every object that a line matches contains that part. A search looks up
 * the parts of its object, one for each length in use; only patterns that begin and end with a star (length 0) are
 * tried one by one.
 */
import type { Meter } from './meter.ts';
import { matchesCounted, type Statement } from './pattern.ts';

export class ObjectIndex<Line extends Statement> {
  readonly #whole = new Shelf<Line>();
  readonly #heads = new Shelf<Line>();
  readonly #tails = new Shelf<Line>();

  get isEmpty(): boolean {
    return this.#whole.isEmpty && this.#heads.isEmpty && this.#tails.isEmpty;
  }

  add(permission: Line): void {
    const [shelf, part] = this.#placeOf(permission);
    shelf.add(part, permission);
  }

  remove(permission: Line): void {
    const [shelf, part] = this.#placeOf(permission);
    shelf.remove(part, permission);
  }

  /** A line for this action on this object, both in folded letter case. Finds nothing more once `meter` is spent. */
  find(action: string, object: string, meter: Meter): Line | undefined {
    return (
      findAmong(this.#whole.at(object), action, object, meter) ??
      this.#heads.find(action, object, meter, (length) => object.slice(0, length)) ??
      this.#tails.find(action, object, meter, (length) => object.slice(object.length - length))
    );
  }

  #placeOf({ object }: Line): [Shelf<Line>, string] {
    if (object.suffix === undefined) return [this.#whole, object.prefix];
    return object.prefix === '' ? [this.#tails, object.suffix] : [this.#heads, object.prefix];
  }
}

/** The first of `lines` that matches this action on this object, both in folded letter case. */
export function findAmong<Line extends Statement>(
  lines: readonly Line[],
  action: string,
  object: string,
  meter: Meter,
): Line | undefined {
  for (const line of lines) {
    if (meter.isSpent) return undefined;
    if (matchesCounted(line.action, action, meter) && matchesCounted(line.object, object, meter)) return line;
  }
  return undefined;
}

const NO_LINES: readonly never[] = [];
/** The cost of looking up one part, apart from its characters. */
const STEPS_OF_LOOKUP = 8;

/** Lines by a literal part, and the number of parts of each length. */
class Shelf<Line extends Statement> {
  readonly #lines = new Map<string, Line[]>();
  readonly #lengths = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  at(part: string): readonly Line[] {
    return this.#lines.get(part) ?? NO_LINES;
  }

  add(part: string, permission: Line): void {
    const lines = this.#lines.get(part);
    if (lines === undefined) {
      this.#lines.set(part, [permission]);
      this.#lengths.set(part.length, (this.#lengths.get(part.length) ?? 0) + 1);
    } else lines.push(permission);
  }

  remove(part: string, permission: Line): void {
    const left = this.at(part).filter((line) => line !== permission);
    if (left.length > 0) {
      this.#lines.set(part, left);
    } else if (this.#lines.delete(part)) {
      const parts = (this.#lengths.get(part.length) ?? 1) - 1;
      if (parts === 0) this.#lengths.delete(part.length);
      else this.#lengths.set(part.length, parts);
    }
  }

  /** The first line that matches, among those whose part is `partOf` some length in use. */
  find(action: string, object: string, meter: Meter, partOf: (length: number) => string): Line | undefined {
    for (const length of this.#lengths.keys()) {
      if (length > object.length) continue;
      meter.steps += STEPS_OF_LOOKUP + length;
      const found = findAmong(this.at(partOf(length)), action, object, meter);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
