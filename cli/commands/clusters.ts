/** `clusters`: the clusters as a table. */
import type { Command } from 'commander';
import type { Cluster } from '../../api/platform/cluster.ts';
import { type ReadOptions, readOptions } from '../options.ts';
import { print } from '../output/print.ts';
import { table } from '../output/table.ts';

export function addClusters(program: Command): void {
  const command = program
    .command('clusters')
    .summary('list the clusters')
    .description(
      'Lists the clusters with version, size and phase, and what is in the way of those that are not ready.',
    );
  readOptions(command).action(listClusters);
}

async function listClusters(options: ReadOptions): Promise<void> {
  const { clusters } = await import('../../api/platform/cluster.ts');
  const { withHub } = await import('../hub.ts');
  await withHub(options, async (client) => {
    const found = await client.list(clusters);
    await print(options, found, () => (found.length === 0 ? 'there are no clusters' : tableOf(found)));
  });
}

function tableOf(clusters: readonly Cluster[]): string {
  return table(['NAME', 'TENANT', 'TYPE', 'VERSION', 'REPLICAS', 'PHASE', 'READY'], clusters.map(rowOf));
}

function rowOf({ metadata, spec, status }: Cluster): string[] {
  const { version, controlPlane, phase, conditions } = status ?? {};
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const readyText = ready?.status === 'True' ? 'yes' : `no: ${ready?.message ?? 'the controller has not seen it yet'}`;
  return [
    metadata.name,
    spec.tenantID,
    spec.type,
    textOf(version),
    textOf(controlPlane?.ready),
    textOf(phase),
    readyText,
  ];
}

function textOf(value: string | number | null | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
