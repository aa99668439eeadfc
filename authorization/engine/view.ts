/**
 * Computes what a name reaches in a domain: the policies, nearest first, each with the path to it. The walk is most of
 * a decision's work (9 µs for a new subject, 1 µs for a cached one), so a view is cached until something on its paths
 * changes. A view contains no decision: each decision reads the lines of the policies again.
 */
import { appliesIn, isEffective } from './effective-edge.ts';
import { type Edge, type End, type Name, newWalk, type PolicyTable, type Reached, type View } from './graph.ts';

/** 100,000 edges take up to 10 ms. A user in a thousand groups that hold ten policies each reaches 11,000. */
const EDGES_AT_MOST = 100_000;

/**
 * Walks from `start` over the effective edges. Without a domain, over all edges: of every domain, and also those that
 * have ended.
 */
export function viewFrom(start: Name, domain: string | undefined, nowMs: number, epoch: number): View {
  const period = new Period(nowMs);
  const counts = (edge: Edge): boolean => {
    if (domain === undefined) return true;
    if (appliesIn(edge, domain)) period.note(edge.end);
    return isEffective(edge, domain, nowMs);
  };
  const reached = walkFrom(start, counts);
  return {
    start,
    domain,
    ...(reached === undefined ? NOTHING : policiesAmong(reached)),
    times: period.times,
    isCut: reached === undefined,
    epoch,
  };
}

/** Everything that is reached, nearest first; undefined when it is more than a walk may visit. */
function walkFrom(start: Name, counts: (edge: Edge) => boolean): Reached[] | undefined {
  const walk = newWalk();
  const queue: Reached[] = [{ name: start, edge: undefined, from: undefined }];
  start.seenBy = walk;
  let edges = 0;
  for (const from of queue) {
    edges += from.name.edges.length;
    if (edges > EDGES_AT_MOST) return undefined;
    for (const edge of from.name.edges) {
      if (edge.of.seenBy === walk || !counts(edge)) continue;
      edge.of.seenBy = walk;
      queue.push({ name: edge.of, edge, from });
    }
  }
  return queue;
}

/** The period around a point in time in which a walk takes the same paths: between two ends that it has met. */
class Period {
  readonly #nowMs: number;
  #fromMs = -Infinity;
  #untilMs = Infinity;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** Notes the end of an edge in the domain of the walk. */
  note(end: End | undefined): void {
    if (end === undefined) return;
    if (end.atMs > this.#nowMs) this.#untilMs = Math.min(this.#untilMs, end.atMs);
    else this.#fromMs = Math.max(this.#fromMs, end.atMs);
  }

  /** Undefined when the walk takes the same paths at any time. */
  get times(): View['times'] {
    const [fromMs, untilMs] = [this.#fromMs, this.#untilMs];
    return fromMs === -Infinity && untilMs === Infinity ? undefined : { fromMs, untilMs };
  }
}

const NO_POLICY: readonly PolicyTable[] = [];
const NOTHING: Pick<View, 'policies' | 'allows' | 'denies'> = { policies: [], allows: NO_POLICY, denies: NO_POLICY };

function policiesAmong(reached: readonly Reached[]): Pick<View, 'policies' | 'allows' | 'denies'> {
  const policies = reached.filter(({ name }) => name.allows !== undefined || name.denies !== undefined);
  const allows = policies.flatMap(({ name }) => name.allows ?? []);
  const denies = policies.flatMap(({ name }) => name.denies ?? []);
  return { policies, allows, denies: denies.length === 0 ? NO_POLICY : denies };
}
