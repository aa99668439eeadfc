/**
 * Which edges count for a question: the edge must apply in the question's domain and must not have ended. Decisions,
 * explanations, who-can and the upgrade review all ask here, so they cannot disagree on what a binding is worth.
 */
import { EVERYWHERE } from '../rules/line.ts';
import type { Edge, End } from './graph.ts';

/**
 * Whether `edge` counts in `domain` at `nowMs` (milliseconds since the epoch). An empty domain is no project: only
 * edges that apply everywhere count in it. An undefined domain is any project: every edge that has not ended counts.
 */
export function isEffective(edge: Pick<Edge, 'domain' | 'end'>, domain: string | undefined, nowMs: number): boolean {
  return appliesIn(edge, domain) && !hasEnded(edge.end, nowMs);
}

/** Whether `edge` counts in `domain` as long as it has not ended. */
export function appliesIn(edge: Pick<Edge, 'domain'>, domain: string | undefined): boolean {
  return edge.domain === EVERYWHERE || domain === undefined || (edge.domain === domain && domain !== '');
}

/**
 * An edge no longer counts at the very millisecond of its end. A clock that is not a number ends every edge with an
 * end.
 */
function hasEnded(end: End | undefined, nowMs: number): boolean {
  return end !== undefined && !(end.atMs > nowMs);
}
