/** `resize`: changes the number of control plane replicas or workers. */
import type { Command } from 'commander';
import { InputError } from '../errors.ts';
import { type ChangeOptions, changeOptions } from '../options.ts';

interface Options extends ChangeOptions {
  readonly numNodes?: string;
}

export function addResize(program: Command): void {
  const command = program
    .command('resize')
    .summary('change the number of control plane replicas or workers')
    .description('Changes the number of control plane replicas of a cluster, the number of its workers, or both.')
    .argument('<name>', 'the name of the cluster')
    .argument('[control-plane-replicas]', 'control plane replicas: 1, 3, 5 or 7');
  changeOptions(command).option('-n, --num-nodes <count>', 'workers in its first node pool').action(resizeCluster);
}

async function resizeCluster(name: string, replicas: string | undefined, options: Options): Promise<void> {
  const { numNodes } = options;
  if (replicas === undefined && numNodes === undefined)
    throw new InputError('give a number of control plane replicas, or --num-nodes');
  const { changeCluster } = await import('../clusters/change.ts');
  const { poolsWith, replicasOf } = await import('../clusters/spec.ts');
  await changeCluster(
    name,
    (cluster) => ({
      ...(replicas === undefined
        ? {}
        : { controlPlane: { ...cluster.spec.controlPlane, replicas: replicasOf(replicas) } }),
      ...(numNodes === undefined ? {} : { nodePools: poolsWith(cluster, numNodes) }),
    }),
    options,
  );
}
