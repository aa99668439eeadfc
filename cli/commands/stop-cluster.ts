/** `stop-cluster`: stops the processes of a cluster and keeps its data. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

export function addStopCluster(program: Command): void {
  const command = program
    .command('stop-cluster')
    .summary('stop the processes of a cluster and keep its data')
    .description('Stops the processes of a cluster of type Local and keeps its data.')
    .argument('<name>', 'the name of the cluster');
  changeOptions(command).action(stopCluster);
}

async function stopCluster(name: string, options: ChangeOptions): Promise<void> {
  const { changeCluster } = await import('../clusters/change.ts');
  await changeCluster(name, { stopped: true }, options);
}
