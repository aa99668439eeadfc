/**
 * Finds every path from some names to others, shortest first. A dense graph has more paths than anyone can read or any
 * machine can count, so the search stops at a limit and says so. It searches towards the ends (A*, by the remaining
 * distance), so the limit cuts off long paths and never the shortest.
 */
import type { Edge, Name } from './graph.ts';

export interface Path {
  readonly start: Name;
  readonly edges: readonly Edge[];
  readonly end: Name;
}

export interface Paths {
  readonly paths: readonly Path[];
  /** Whether these are all. */
  readonly complete: boolean;
}

const PATHS_AT_MOST = 1_000;
const STEPS_AT_MOST = 100_000;

/** The paths that visit no name twice, over the edges for which `counts` is true. */
export function pathsBetween(starts: readonly Name[], ends: ReadonlySet<Name>, counts: (edge: Edge) => boolean): Paths {
  const left = distancesTo(ends, counts);
  const open = new Open(left);
  for (const start of starts) open.add({ name: start, length: 0 });
  const paths: Path[] = [];
  let steps = 0;
  for (let step = open.next(); step !== undefined; step = open.next()) {
    steps += 1;
    if (paths.length === PATHS_AT_MOST || steps > STEPS_AT_MOST) return { paths, complete: false };
    if (ends.has(step.name)) paths.push(pathOf(step));
    for (const edge of step.name.edges) {
      if (counts(edge) && !isOn(step, edge.of))
        open.add({ name: edge.of, length: step.length + 1, via: { edge, from: step } });
    }
  }
  return { paths, complete: true };
}

/** The number of edges from each name to the nearest of `ends`. Only names that reach one are in the map. */
export function distancesTo(ends: Iterable<Name>, counts: (edge: Edge) => boolean): Map<Name, number> {
  const distances = new Map<Name, number>();
  for (const end of ends) distances.set(end, 0);
  // Iterating a map also visits the entries added meanwhile, in order, so this is a breadth-first search.
  for (const [name, distance] of distances) {
    for (const edge of name.members ?? [])
      if (!distances.has(edge.member) && counts(edge)) distances.set(edge.member, distance + 1);
  }
  return distances;
}

/** The last name of a partial path, linked to the rest of it. */
interface Step {
  readonly name: Name;
  readonly length: number;
  readonly via?: { readonly edge: Edge; readonly from: Step };
}

/**
 * The partial paths, by the length they will have at least. Among equals the latest comes first: it is furthest along.
 */
class Open {
  readonly #left: ReadonlyMap<Name, number>;
  readonly #byLength: Step[][] = [];
  #shortest = 0;

  constructor(left: ReadonlyMap<Name, number>) {
    this.#left = left;
  }

  /** Adds a partial path, unless it leads to no end. */
  add(step: Step): void {
    const left = this.#left.get(step.name);
    if (left === undefined) return;
    (this.#byLength[step.length + left] ??= []).push(step);
  }

  /** The most promising partial path. The least length only grows along a path, so the search never has to go back. */
  next(): Step | undefined {
    for (; this.#shortest < this.#byLength.length; this.#shortest++) {
      const step = this.#byLength[this.#shortest]?.pop();
      if (step !== undefined) return step;
    }
    return undefined;
  }
}

function isOn(step: Step, name: Name): boolean {
  for (let at: Step | undefined = step; at !== undefined; at = at.via?.from) if (at.name === name) return true;
  return false;
}

function pathOf(step: Step): Path {
  const edges: Edge[] = [];
  let at = step;
  for (; at.via !== undefined; at = at.via.from) edges.unshift(at.via.edge);
  return { start: at.name, edges, end: step.name };
}
