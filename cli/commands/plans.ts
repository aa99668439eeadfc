/** `plans`: the plans from which clusters are created. */
import type { Command } from 'commander';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import { type ReadOptions, readOptions } from '../options.ts';
import { print } from '../output/print.ts';
import { table } from '../output/table.ts';

export function addPlans(program: Command): void {
  const command = program
    .command('plans')
    .summary('list the plans for new clusters')
    .description('Lists the plans from which clusters are created.');
  readOptions(command).action(listPlans);
}

async function listPlans(options: ReadOptions): Promise<void> {
  const { clusterPlans } = await import('../../api/platform/cluster-plan.ts');
  const { withHub } = await import('../hub.ts');
  await withHub(options, async (client) => {
    const found = await client.list(clusterPlans);
    await print(options, found, () => (found.length === 0 ? 'there are no plans' : tableOf(found)));
  });
}

function tableOf(plans: readonly ClusterPlan[]): string {
  return table(['NAME', 'PROVIDER', 'VERSION', 'REPLICAS', 'DESCRIPTION'], plans.map(rowOf));
}

function rowOf({ metadata, spec }: ClusterPlan): string[] {
  const newest = spec.channel === undefined ? '' : `newest of ${spec.channel}`;
  return [metadata.name, spec.provider, spec.version ?? newest, replicasText(spec), spec.description ?? ''];
}

function replicasText({ controlPlane }: ClusterPlan['spec']): string {
  const { replicas = 1, min, max } = controlPlane ?? {};
  return min === undefined && max === undefined ? `${replicas}` : `${replicas} (${min ?? 1} to ${max ?? 'any'})`;
}
