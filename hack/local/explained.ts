/** Explains the decision on a sample question from the hub's Rules, as `kubectl steward explain` does. */
import { parseArgs } from 'node:util';
import { explain } from '../../authorization/engine/explain.ts';
import { treeOf } from '../../cli/output/tree.ts';
import { questionOf } from '../../cli/question.ts';
import { openCluster } from '../../cli/world/cluster.ts';
import type { OpenWorld } from '../../cli/world/world.ts';
import type { Question } from './questions.ts';

/** Opens the hub as its administrator; the caller closes it. */
export function openHub(kubeconfig: string): Promise<OpenWorld> {
  return openCluster({ kubeconfig }, Date.now());
}

/** Returns the lines of the first chain that decided, or of the nearest one when no policy did. */
export async function explained({ ask, user, tenant, groups }: Question, world: OpenWorld): Promise<string[]> {
  const { values, positionals } = parseArgs({
    args: ask,
    allowPositionals: true,
    options: {
      namespace: { type: 'string', short: 'n', default: 'default' },
      'all-namespaces': { type: 'boolean', short: 'A', default: false },
      subresource: { type: 'string', default: '' },
    },
  });
  const { namespace, subresource } = values;
  const [verb = '', what = '', name] = positionals;
  const options = {
    as: user,
    tenant,
    asGroup: groups,
    namespace,
    allNamespaces: values['all-namespaces'],
    subresource,
  };
  const { settled, request } = { request: undefined, ...(await questionOf({ verb, what, name }, options, world)) };
  if (settled !== undefined || request === undefined) return [];
  const explanation = explain(world.index, request, world.nowMs);
  const chains = explanation.verdict === 'none' ? explanation.nearest.map(({ chain }) => chain) : explanation.chains;
  return treeOf(chains.slice(0, 1));
}
