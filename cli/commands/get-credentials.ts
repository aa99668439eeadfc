/** `get-credentials`: a kubeconfig for a cluster in the user's own name. */
import type { Command } from 'commander';
import { type HubOptions, hubOptions } from '../options.ts';

interface Options extends HubOptions {
  readonly file?: string;
  readonly hours: string;
}

export function addGetCredentials(program: Command): void {
  const command = program
    .command('get-credentials')
    .summary('get a kubeconfig for a cluster, in your own name')
    .description(
      'Gets a kubeconfig for a cluster, in your own name. The private key is created on this machine and never leaves it; the hub signs a certificate that the cluster accepts for some hours.\n\nYou need the right to create clusters/credentials of that cluster, and certificatesigningrequests, on the hub.',
    )
    .argument('<name>', 'the name of the cluster');
  hubOptions(command)
    .option('--file <path>', 'write the kubeconfig to this file, readable only by you; by default it is printed')
    .option('--hours <count>', 'how long it is valid, at most 24 hours', '8')
    .action(getCredentials);
}

async function getCredentials(name: string, { file, hours, ...options }: Options): Promise<void> {
  const { credentialsFor, secondsOf } = await import('../clusters/credentials.ts');
  const { checkWritable, writePrivateFile } = await import('../private-files.ts');
  const { withHub } = await import('../hub.ts');
  const seconds = secondsOf(hours);
  if (file !== undefined) await checkWritable(file, '--file');
  await withHub(options, async (client) => {
    const { kubeconfig, user, validUntil } = await credentialsFor(client, name, seconds);
    if (file === undefined) return console.log(kubeconfig.trimEnd());
    await writePrivateFile(file, kubeconfig, '--file');
    console.log(
      `wrote ${file}: a kubeconfig for ${name} as ${user}, valid until ${validUntil}\n  kubectl --kubeconfig ${file} get namespaces`,
    );
  });
}
