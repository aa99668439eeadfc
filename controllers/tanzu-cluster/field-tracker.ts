/**
 * Takes fields of an object by their path and remembers which: what was not taken when all is mapped is left, and is told.
 * In: any JSON. Out: values by path, and the paths of what nobody took. Pure.
 */
type Path = readonly (string | number)[];

export class Fields {
  readonly #root: unknown;
  readonly #taken = new Set<string>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** Says that what stands at this path, with all below it, is heeded. */
  take(...path: Path): void {
    this.#taken.add(textOf(path));
  }

  /** The paths of what says something and was not taken, in order: of a part that nobody looked into, the part alone. */
  left(): string[] {
    return this.#leftOf(this.#root, []).sort();
  }

  #leftOf(value: unknown, path: Path): string[] {
    const name = textOf(path);
    if (this.#taken.has(name) || saysNothing(value)) return [];
    const isLookedInto =
      path.length === 0 ||
      [...this.#taken].some((taken) => taken.startsWith(`${name}.`) || taken.startsWith(`${name}[`));
    if (!isLookedInto || typeof value !== 'object') return [name];
    const children: [string | number, unknown][] = Array.isArray(value)
      ? value.map((each, index) => [index, each])
      : Object.entries(value ?? {});
    return children.flatMap(([key, child]) => this.#leftOf(child, [...path, key]));
  }
}

function textOf(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** An empty value says nothing. False and zero may. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.values(value).every(saysNothing);
}
