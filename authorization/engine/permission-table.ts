/**
 * The lines of one policy and effect, indexed by action and then by object, so that a search looks at few of them. Most
 * policies have few lines; for those an array is both smaller and faster.
 */
import { type Action, bitOf, STARRED } from './actions.ts';
import type { Meter } from './meter.ts';
import { findAmong, ObjectIndex } from './object-index.ts';
import { matches, type Statement } from './pattern.ts';

/** Up to this many lines are kept in an array. Six lines take 45 ns there and 70 ns in a map. */
const FEW_AT_MOST = 16;

const NONE: readonly never[] = [];

export class PermissionTable<Line extends Statement> {
  /**
   * The lines while they are few. Each change creates a new array, which is more compact in memory than a growing one.
   */
  #few: readonly Line[] = NONE;
  #many: ActionIndex<Line> | undefined;
  /** The bits of the lines' actions (see actions.ts). A bit may outlive its line. */
  mask = 0;
  /** The number of wildcard lines that find() tries without counting. */
  weight = 0;

  get lines(): Iterable<Line> {
    return this.#many === undefined ? this.#few : this.#many.lines;
  }

  get isEmpty(): boolean {
    return this.#many === undefined ? this.#few.length === 0 : this.#many.lines.size === 0;
  }

  /**
   * A line for this action on this object (in folded letter case); undefined when there is none, or none before `meter`
   * was spent. Steps in a table of few lines are not counted; callers that search many tables add up their `weight`.
   */
  find(action: Action, object: string, meter: Meter): Line | undefined {
    if (this.#many !== undefined) return this.#many.find(action.folded, object, meter);
    for (const line of this.#few) {
      if (line.actionId !== action.id && line.actionId !== STARRED) continue;
      if (matches(line.object, object) && (line.actionId !== STARRED || matches(line.action, action.folded)))
        return line;
    }
    return undefined;
  }

  /** Like find(), with every step counted. */
  findCounted(action: Action, object: string, meter: Meter): Line | undefined {
    return this.#many === undefined
      ? findAmong(this.#few, action.folded, object, meter)
      : this.#many.find(action.folded, object, meter);
  }

  add(permission: Line): void {
    this.mask |= bitOf(permission.actionId);
    if (this.#many === undefined && this.#few.length < FEW_AT_MOST) this.#setFew([...this.#few, permission]);
    else {
      this.#many ??= new ActionIndex(this.#few);
      this.#many.add(permission);
      this.#setFew(NONE);
    }
  }

  remove(permission: Line): void {
    if (this.#many === undefined) this.#setFew(this.#few.filter((line) => line !== permission));
    else this.#many.remove(permission);
  }

  #setFew(lines: readonly Line[]): void {
    this.#few = lines;
    this.weight = lines.filter(
      ({ object, action }) => object.suffix !== undefined || action.suffix !== undefined,
    ).length;
  }
}

/** Many lines, by action and then by object. */
class ActionIndex<Line extends Statement> {
  readonly lines = new Set<Line>();
  /** The lines whose action has no star, by action. */
  readonly #exact = new Map<string, ObjectIndex<Line>>();
  /** The lines whose action has a star. */
  readonly #starred = new ObjectIndex<Line>();

  constructor(lines: Iterable<Line>) {
    for (const line of lines) this.add(line);
  }

  find(action: string, object: string, meter: Meter): Line | undefined {
    return this.#exact.get(action)?.find(action, object, meter) ?? this.#starred.find(action, object, meter);
  }

  add(permission: Line): void {
    this.lines.add(permission);
    const { prefix, suffix } = permission.action;
    const index = suffix === undefined ? (this.#exact.get(prefix) ?? new ObjectIndex<Line>()) : this.#starred;
    if (suffix === undefined) this.#exact.set(prefix, index);
    index.add(permission);
  }

  remove(permission: Line): void {
    this.lines.delete(permission);
    const { prefix, suffix } = permission.action;
    const index = suffix === undefined ? this.#exact.get(prefix) : this.#starred;
    index?.remove(permission);
    if (suffix === undefined && index?.isEmpty === true) this.#exact.delete(prefix);
  }
}
