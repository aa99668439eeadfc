/** `upgrade-cluster`: upgrades a cluster, after saying what that does to the cluster and to permissions. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

export function addUpgradeCluster(program: Command): void {
  const command = program
    .command('upgrade-cluster')
    .summary('upgrade a cluster, after showing what that does to permissions')
    .description(
      'Upgrades a cluster to another Kubernetes version. First it shows the steps of the upgrade, and which policies match more or less afterwards.',
    )
    .argument('<name>', 'the name of the cluster')
    .argument('<version>', 'the Kubernetes version; "kubectl steward releases" lists them');
  changeOptions(command).action(upgradeCluster);
}

async function upgradeCluster(name: string, version: string, options: ChangeOptions): Promise<void> {
  const { changeCluster } = await import('../clusters/change.ts');
  const { upgradePreview } = await import('../clusters/upgrade-preview.ts');
  // On standard error: standard output is for the object.
  await changeCluster(name, { version }, options, async (client, cluster) =>
    console.error(await upgradePreview(client, cluster, version)),
  );
}
