/**
 * What a name reaches in a domain: the policies, nearest first, each with the way that leads to it. Walking there is
 * most of a decision's work (9 µs for a subject never asked before, 1 µs for one that was), so a view is kept until
 * something on its ways changes. It holds no decision: what a policy says is read anew each time.
 */
import { isEffective } from './effective-edge.ts';
import { type Edge, type End, type Name, newWalk, type PolicyTable, type Reached, type View } from './graph.ts';

/** 100,000 edges take up to 10 ms. A user in a thousand groups that hold ten policies each has 11,000. */
const EDGES_AT_MOST = 100_000;

/** Walks from `start` over the edges that count. Without a domain, those of each domain and also those that have ended. */
export function viewFrom(start: Name, domain: string | undefined, nowMs: number, epoch: number): View {
  const period = new Period(nowMs);
  const counts = (edge: Edge): boolean => {
    if (domain === undefined) return true;
    period.note(edge.end);
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

/** All that is reached, nearest first; undefined when it is more than can be walked. */
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

/** The period around one time in which a walk takes the same way: it passes none of the ends that the walk has met. */
class Period {
  readonly #nowMs: number;
  #fromMs = -Infinity;
  #untilMs = Infinity;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** Ends of edges in other domains are noted too. They matter to no decision, and make the period only shorter. */
  note(end: End | undefined): void {
    if (end === undefined) return;
    if (end.atMs > this.#nowMs) this.#untilMs = Math.min(this.#untilMs, end.atMs);
    else this.#fromMs = Math.max(this.#fromMs, end.atMs);
  }

  /** Undefined when the way is the same at any time. */
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
