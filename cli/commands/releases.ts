/** `releases`: the Kubernetes versions that are offered. */
import type { Command } from 'commander';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { type ReadOptions, readOptions } from '../options.ts';
import { print } from '../output/print.ts';
import { table } from '../output/table.ts';

export function addReleases(program: Command): void {
  const command = program
    .command('releases')
    .summary('list the Kubernetes versions that are offered')
    .description('Lists the Kubernetes versions that are offered, and the versions that each can be upgraded to.');
  readOptions(command).action(listReleases);
}

async function listReleases(options: ReadOptions): Promise<void> {
  const { clusterReleases } = await import('../../api/platform/cluster-release.ts');
  const { withHub } = await import('../hub.ts');
  await withHub(options, async (client) => {
    const found = await client.list(clusterReleases);
    await print(options, found, () =>
      found.length === 0
        ? 'there are no releases, so every version that the provider knows is offered'
        : table(['VERSION', 'CHANNEL', 'SUPPORTED UNTIL', '', 'UPGRADES TO'], found.map(rowOf)),
    );
  });
}

function rowOf({ spec }: ClusterRelease): string[] {
  return [
    spec.version,
    spec.channel ?? '',
    spec.supportedUntil ?? '',
    spec.withdrawn === true ? 'withdrawn' : '',
    spec.upgrades?.join(', ') ?? '',
  ];
}
