/** `start-cluster`: starts a cluster that was stopped. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

export function addStartCluster(program: Command): void {
  const command = program
    .command('start-cluster')
    .summary('start a cluster that was stopped')
    .description('Starts a cluster that was stopped.')
    .argument('<name>', 'the name of the cluster');
  changeOptions(command).action(startCluster);
}

async function startCluster(name: string, options: ChangeOptions): Promise<void> {
  const { changeCluster } = await import('../clusters/change.ts');
  await changeCluster(name, { stopped: false }, options);
}
