/** `detach-cluster`: removes an imported cluster from Steward. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

export function addDetachCluster(program: Command): void {
  const command = program
    .command('detach-cluster')
    .summary('remove an imported cluster from Steward, and leave it running')
    .description('Removes an imported cluster from Steward. The cluster itself stays as it is.')
    .argument('<name>', 'the name of the cluster');
  changeOptions(command).action(detachCluster);
}

async function detachCluster(name: string, options: ChangeOptions): Promise<void> {
  const { removeCluster } = await import('../clusters/remove.ts');
  await removeCluster('detach-cluster', name, options);
}
