/** `import-cluster`: registers a cluster that already exists. */
import type { Command } from 'commander';
import { type ChangeOptions, changeOptions } from '../options.ts';

interface Options extends ChangeOptions {
  readonly tenant: string;
  readonly secret: string;
  readonly server?: string;
}

export function addImportCluster(program: Command): void {
  const command = program
    .command('import-cluster')
    .summary('import a cluster that already exists')
    .description('Imports a cluster that already exists. Nothing is installed in it.')
    .argument('<name>', 'the name of the cluster');
  changeOptions(command)
    .requiredOption('--tenant <id>', 'the tenant that the cluster belongs to')
    .requiredOption(
      '--secret <name>',
      'the Secret with its kubeconfig, or with ca.crt and token, in the namespace where Steward is installed',
    )
    .option('--server <url>', 'the URL of its API, if the Secret does not contain it')
    .action(importCluster);
}

async function importCluster(name: string, { tenant, secret, server, ...options }: Options): Promise<void> {
  const { createCluster } = await import('../clusters/create.ts');
  const { withHub } = await import('../hub.ts');
  const spec = {
    tenantID: tenant,
    type: 'Imported',
    kubeconfigSecret: secret,
    ...(server === undefined ? {} : { server }),
  } as const;
  await withHub(options, (client) => createCluster(client, name, spec, options));
}
