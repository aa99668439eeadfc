/** Who holds a policy, and through which objects: from the policy back over the edges. Pure; the review calls it. */
import type { Edge, Name } from '../engine/graph.ts';
import { readNode } from '../rules/node-name.ts';

export interface Holding {
  /** Users and groups. */
  readonly subjects: ReadonlySet<string>;
  /** `KIND NAME` of the objects that make the edges. */
  readonly through: ReadonlySet<string>;
}

/** Over the edges that `counts` lets through and that have not ended at `nowMs` (milliseconds since the epoch). */
export function holdersOf(policy: Name, counts: (edge: Edge) => boolean, nowMs: number): Holding {
  const seen = new Set([policy]);
  const through = new Set<string>();
  // A set is walked on to what is added meanwhile.
  for (const name of seen) {
    for (const edge of name.members ?? []) {
      if (!counts(edge) || (edge.end !== undefined && edge.end.atMs <= nowMs)) continue;
      seen.add(edge.member);
      through.add(`${edge.owner.kind} ${edge.owner.name}`);
    }
  }
  const subjects = [...seen].map(({ text }) => text).filter((text) => ['user', 'group'].includes(readNode(text).kind));
  return { subjects: new Set(subjects), through };
}
