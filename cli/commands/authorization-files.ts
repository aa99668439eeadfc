/** `authorization-files`: the files with which the kube-apiserver of an imported cluster asks the authorizer. */
import path from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../errors.ts';

interface Options {
  readonly authorizerUrl: string;
  readonly authorizerDirectory: string;
  readonly directory?: string;
  readonly place: string;
}

const CLUSTER_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export function addAuthorizationFiles(program: Command): void {
  program
    .command('authorization-files')
    .summary('create the files that make an imported cluster ask the authorizer')
    .description(
      'Creates the files with which the kube-apiserver of an imported cluster asks the authorizer, and says where they go. Changes nothing on the hub or in the cluster.\n\nYou need the key of the certificate authority from which the authorizer accepts the certificates of clusters.',
    )
    .argument('<name>', 'the name of the cluster')
    .requiredOption('--authorizer-url <url>', 'the URL of the authorizer, as the cluster reaches it: https://HOST:PORT')
    .requiredOption(
      '--authorizer-directory <path>',
      'the folder with authorization.yaml, ca.crt, client-ca.crt and client-ca.key',
    )
    .option('--directory <path>', 'write the files to this folder, readable only by you; by default they are printed')
    .option('--place <path>', 'the folder of the files on the machines of the cluster', '/etc/kubernetes/steward')
    .action(createAuthorizationFiles);
}

async function createAuthorizationFiles(cluster: string, options: Options): Promise<void> {
  const { authorizerUrl: url, authorizerDirectory, place } = options;
  if (!CLUSTER_NAME.test(cluster)) throw new InputError(`${cluster} is not a valid name of a cluster`);
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new InputError(`--authorizer-url ${url}: must be like https://HOST:PORT`);
  const { authorizationTexts } = await import('../../clusters/connections/authorization-files.ts');
  const source = { url: url.replace(/\/+$/, ''), directory: authorizerDirectory };
  const kubeconfigPath = path.posix.join(place, 'webhook.kubeconfig');
  const texts = await authorizationTexts(source, { cluster, kubeconfigPath, known: undefined }).catch(
    (error: unknown) => {
      throw new InputError(`--authorizer-directory ${authorizerDirectory}: ${messageOf(error)}`);
    },
  );
  await deliver({ 'authorization.yaml': texts.configuration, 'webhook.kubeconfig': texts.kubeconfig }, options);
  console.error(instructions(cluster, place));
}

async function deliver(
  files: Readonly<Record<string, string>>,
  { directory, place }: Pick<Options, 'directory' | 'place'>,
): Promise<void> {
  const { writePrivateFolder } = await import('../private-files.ts');
  if (directory !== undefined) return writePrivateFolder(directory, files, '--directory');
  for (const [name, text] of Object.entries(files)) console.log(`# ${path.posix.join(place, name)}\n${text}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function instructions(cluster: string, place: string): string {
  return `To make the cluster ${cluster} ask the authorizer (Kubernetes 1.32 or later), do this on each of its control plane machines:
  1. Copy both files to ${place}, readable only by root: webhook.kubeconfig contains a key that identifies the cluster, valid for one year.
  2. In /etc/kubernetes/manifests/kube-apiserver.yaml (kubeadm) replace --authorization-mode with
       --authorization-config=${path.posix.join(place, 'authorization.yaml')}
     and mount ${place} into the pod (hostPath, readOnly). The kubelet restarts the pod.
  3. Make sure that the machine reaches the authorizer: a kube-apiserver that cannot ask it refuses every user except the system's own.
To undo it, put --authorization-mode=Node,RBAC back and remove the files.`;
}
