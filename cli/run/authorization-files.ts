/**
 * The files with which the kube-apiserver of an imported cluster asks the authorizer. Whoever has the authority that the
 * authorizer accepts makes them; nothing is asked or changed on the hub or in the cluster.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { authorizationTexts } from '../../clusters/connections/authorization-files.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { AuthorizationFileOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';

const PLACE = '/etc/kubernetes/steward';
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export async function authorizationFiles(
  cluster: string,
  { authorizerUrl: url, authorizerDirectory, directory, place = PLACE }: AuthorizationFileOptions,
): Promise<void> {
  if (!NAME.test(cluster)) throw new InputError(`${cluster} is no name of a cluster`);
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:')
    throw new InputError(`--authorizer-url ${url}: not like https://HOST:PORT`);
  const source = { url: url.replace(/\/+$/, ''), directory: authorizerDirectory };
  const kubeconfigPath = path.posix.join(place, 'webhook.kubeconfig');
  const texts = await authorizationTexts(source, { cluster, kubeconfigPath, known: undefined }).catch(
    (error: unknown) => {
      throw new InputError(`--authorizer-directory ${authorizerDirectory}: ${messageOf(error)}`);
    },
  );
  const files: Readonly<Record<string, string>> = {
    'authorization.yaml': texts.configuration,
    'webhook.kubeconfig': texts.kubeconfig,
  };
  if (directory === undefined)
    for (const [name, text] of Object.entries(files)) console.log(`# ${path.posix.join(place, name)}\n${text}`);
  else {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(files))
      await writeFile(path.join(directory, name), text, { mode: 0o600 });
  }
  console.error(instructions(cluster, place));
}

function instructions(cluster: string, place: string): string {
  return `So that the cluster ${cluster} asks the authorizer (Kubernetes 1.32 or later), on each of its control-plane machines:
  1. Put both files into ${place}, readable by root alone: webhook.kubeconfig holds a key that speaks for the cluster, for a year.
  2. In /etc/kubernetes/manifests/kube-apiserver.yaml (kubeadm) replace --authorization-mode by
       --authorization-config=${path.posix.join(place, 'authorization.yaml')}
     and mount ${place} into the pod (hostPath, readOnly). The kubelet starts it again.
  3. The machine must reach the authorizer: a kube-apiserver that can't ask refuses whoever is not the system's own.
To undo it: put --authorization-mode=Node,RBAC back, and remove the files.`;
}
