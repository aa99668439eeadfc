/**
 * What a name reaches in a domain: the policies, nearest first, each with the way that leads to it. Walking there is
 * most of a decision's work (9 µs for a subject never asked before, 1 µs for one that was), so a view is kept until
 * something on its ways changes. It holds no decision: what a policy says is read anew each time.
 */
import { EVERYWHERE } from '../rules/line.ts';
import { type Edge, type End, type Name, newWalk, type PolicyTable, type Reached, type View } from './graph.ts';

/** Whether `edge` counts in `domain` (undefined: in whatever domain). An empty domain is none. */
export function countsIn(edge: { readonly domain: string }, domain: string | undefined): boolean {
  return edge.domain === EVERYWHERE || domain === undefined || (edge.domain === domain && domain !== '');
}

/** 100,000 edges take up to 10 ms. A user in a thousand groups that hold ten policies each has 11,000. */
const EDGES_AT_MOST = 100_000;

/** Walks from `start` over the edges that count. Without a domain, those of each domain and also those that have ended. */
export function viewFrom(start: Name, domain: string | undefined, nowMs: number, epoch: number): View {
  const ends = domain === undefined ? undefined : new Ends(nowMs);
  const reached = walkFrom(start, (edge) => countsIn(edge, domain) && ends?.hasPassed(edge.end) !== true);
  return {
    start,
    domain,
    ...(reached === undefined ? NOTHING : policiesAmong(reached)),
    times: ends?.times,
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

/** The ends that a walk at one time has met, and so the times at which it would go the same way. */
class Ends {
  readonly #nowMs: number;
  #fromMs = -Infinity;
  #untilMs = Infinity;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  hasPassed(end: End | undefined): boolean {
    if (end === undefined) return false;
    const passed = end.atMs <= this.#nowMs;
    if (passed) this.#fromMs = Math.max(this.#fromMs, end.atMs);
    else this.#untilMs = Math.min(this.#untilMs, end.atMs);
    return passed;
  }

  /** Undefined when it would go so at any time. */
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
