/** Steps that stop and remove a cluster: its processes end, then its files and Secrets are deleted. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { done, type StepContext, type StepResult } from '../../provider.ts';
import { removeOwn } from '../../secrets.ts';
import { runningDaemon, stopDaemon } from '../daemon.ts';
import { layoutOf } from '../layout.ts';
import type { LocalOptions } from '../options.ts';
import { pkiSecretName } from '../pki.ts';
import { elsewhere } from '../place.ts';
import { kubeconfigSecretName } from './ensure-access.ts';

const GRACE_MS = 5_000;
/** A process ends before those that it depends on. */
const ORDER = ['balancer', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

export async function stopProcesses(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const away = await elsewhere(context, options);
  if (away !== undefined) return away;
  const stopped = await stopAllIn(layoutOf(options.directory, context.cluster.metadata.uid ?? '').root);
  return done(`stopped ${stopped} process${stopped === 1 ? '' : 'es'}`);
}

/** Stops every daemon in a folder and its subfolders, and returns how many were running. */
export async function stopAllIn(root: string): Promise<number> {
  const folders = [root, ...(await subfolders(root))];
  let stopped = 0;
  for (const name of ORDER) {
    await Promise.all(
      folders.map(async (directory) => {
        if ((await runningDaemon({ directory, name })) === undefined) return;
        stopped += 1;
        await stopDaemon({ directory, name }, GRACE_MS);
      }),
    );
  }
  return stopped;
}

async function subfolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(root, entry.name));
}

export async function removeFiles({ cluster }: StepContext, { directory }: LocalOptions): Promise<StepResult> {
  await rm(layoutOf(directory, cluster.metadata.uid ?? '').root, { recursive: true, force: true });
  return done('deleted the files');
}

export async function removeSecrets({ client, namespace, cluster }: StepContext): Promise<StepResult> {
  for (const name of [kubeconfigSecretName(cluster.metadata.name), pkiSecretName(cluster.metadata.name)]) {
    await removeOwn(client, cluster, { name, namespace });
  }
  return done('deleted the Secrets');
}
