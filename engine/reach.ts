/**
 * Everything that a set of subjects reaches through the edges that count, nearest first, each name once.
 * Cycles end by themselves, and there is no depth at which the walk stops.
 */
import { EVERYWHERE } from '../rules/line.ts';
import type { Edge, RuleIndex } from './rule-index.ts';

/** A name that was reached, and how. */
export interface Reached {
  readonly node: string;
  /** The edge that led here, and from where; absent for a subject of the request itself. */
  readonly via?: { readonly edge: Edge; readonly from: Reached };
}

/** Whether an edge counts for a request. */
export type Counts = (edge: Edge) => boolean;

/** Edges that hold everywhere or in `domain`, and have not ended at `nowMs`. An empty domain is no domain. */
export function inDomain(domain: string, nowMs: number): Counts {
  return (edge) =>
    edge.endsAtMs > nowMs && (edge.line.domain === EVERYWHERE || (domain !== '' && edge.line.domain === domain));
}

export function* reach(index: RuleIndex, subjects: readonly string[], counts: Counts): Generator<Reached> {
  const seen = new Set(subjects);
  const queue: Reached[] = [...seen].map((node) => ({ node }));
  for (let next = 0; next < queue.length; next++) {
    const from = queue[next];
    if (from === undefined) return;
    yield from;
    for (const edge of index.edgesFrom(from.node)) {
      if (seen.has(edge.line.of) || !counts(edge)) continue;
      seen.add(edge.line.of);
      queue.push({ node: edge.line.of, via: { edge, from } });
    }
  }
}

/** The edges from the subject to `reached`, in walking order. */
export function edgesTo(reached: Reached): Edge[] {
  const edges: Edge[] = [];
  for (let at: Reached = reached; at.via !== undefined; at = at.via.from) edges.unshift(at.via.edge);
  return edges;
}
