/** Who holds a policy, and through which objects: a walk from the policy back over the edges. Pure. */
import { isEffective } from '../engine/effective-edge.ts';
import type { Edge, Name } from '../engine/graph.ts';
import { distancesTo } from '../engine/paths.ts';
import { readNode } from '../rules/node-name.ts';

export interface PolicyHolders {
  /** Users and groups, as the rules name them. */
  readonly subjects: ReadonlySet<string>;
  /** `KIND NAME` of the objects that own the edges. */
  readonly through: ReadonlySet<string>;
}

/** The holders in `domain` at `nowMs` (milliseconds since the epoch). The domains are those of isEffective. */
export function policyHolders(policy: Name, domain: string | undefined, nowMs: number): PolicyHolders {
  const counts = (edge: Edge): boolean => isEffective(edge, domain, nowMs);
  const names = [...distancesTo([policy], counts).keys()];
  const edges = names.flatMap(({ members }) => [...(members ?? [])].filter(counts));
  const subjects = names.map(({ text }) => text).filter((text) => ['user', 'group'].includes(readNode(text).kind));
  return { subjects: new Set(subjects), through: new Set(edges.map(({ owner: { kind, name } }) => `${kind} ${name}`)) };
}
