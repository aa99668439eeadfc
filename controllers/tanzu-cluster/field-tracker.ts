/**
 * Tracks which fields of a JSON object a translation uses, so that no field is dropped silently: the rest is reported.
 * Pure.
 */
type Path = readonly (string | number)[];

export class FieldTracker {
  readonly #root: unknown;
  readonly #used = new Set<string>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** Marks the field at this path, with everything below it, as used. */
  use(...path: Path): void {
    this.#used.add(textOf(path));
  }

  /** The paths of unused fields that have a value, sorted. A part of which nothing is used appears as one path. */
  unused(): string[] {
    return this.#unusedIn(this.#root, []).sort();
  }

  #unusedIn(value: unknown, path: Path): string[] {
    const name = textOf(path);
    if (this.#used.has(name) || isEmpty(value)) return [];
    const isPartlyUsed =
      path.length === 0 || [...this.#used].some((used) => used.startsWith(`${name}.`) || used.startsWith(`${name}[`));
    if (!isPartlyUsed || typeof value !== 'object') return [name];
    const children: [string | number, unknown][] = Array.isArray(value)
      ? value.map((each, index) => [index, each])
      : Object.entries(value ?? {});
    return children.flatMap(([key, child]) => this.#unusedIn(child, [...path, key]));
  }
}

function textOf(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** Whether a value says nothing. False and zero do say something. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
