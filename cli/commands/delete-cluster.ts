/** `delete-cluster`: deletes a cluster that was created here. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

export function addDeleteCluster(program: Command): void {
  const command = program
    .command('delete-cluster')
    .summary('delete a cluster that was created here')
    .description(
      'Deletes a cluster that was created here, with everything in it. A cluster that is protected from deletion or paused is not deleted.',
    )
    .argument('<name>', 'the name of the cluster');
  changeOptions(command).action(deleteCluster);
}

async function deleteCluster(name: string, options: ChangeOptions): Promise<void> {
  const { removeCluster } = await import('../clusters/remove.ts');
  await removeCluster('delete-cluster', name, options);
}
