/**
 * Deletes a cluster that was created here, or detaches one that was imported. There is one command for each, so that no
 * one deletes a cluster that they meant to keep.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';
import type { ChangeOptions } from '../options.ts';
import { manifestOf } from '../output/manifest.ts';
import { print, printData } from '../output/print.ts';
import { clusterNamed } from './find.ts';
import { progressOf } from './wait.ts';

const POLL_MS = 500;

const COMMANDS = { 'delete-cluster': 'deleted', 'detach-cluster': 'detached' } as const;
type RemovalCommand = keyof typeof COMMANDS;

/** Throws InputError if the command does not fit the cluster, or if the cluster may not be removed now. */
export async function removeCluster(command: RemovalCommand, name: string, options: ChangeOptions): Promise<void> {
  await withHub(options, async (client) => {
    const cluster = await clusterNamed(client, name);
    const fitting = cluster.spec.type === 'Imported' ? 'detach-cluster' : 'delete-cluster';
    if (command !== fitting) throw new InputError(`cluster ${name} is of type ${cluster.spec.type}: use ${fitting}`);
    refuseProtected(cluster);
    if (options.dryRun === true) await printRemoval(cluster, COMMANDS[command], options);
    else await remove(client, cluster, COMMANDS[command], options);
  });
}

/**
 * Throws InputError for a cluster that the controller would not remove. Checked before the deletion, because a deletion
 * cannot be taken back: it would take effect when the field changes later for another reason.
 */
function refuseProtected({ metadata: { name }, spec: { deletionProtection, paused } }: Cluster): void {
  const clear = (field: string): string => `kubectl patch cls ${name} --type=merge -p '{"spec":{"${field}":false}}'`;
  if (deletionProtection === true)
    throw new InputError(
      `cluster ${name} is protected from deletion (spec.deletionProtection). To remove it all the same, first run:\n  ${clear('deletionProtection')}`,
    );
  if (paused === true)
    throw new InputError(
      `cluster ${name} is paused (spec.paused): nothing is done to it, so it cannot be removed. First run:\n  ${clear('paused')}`,
    );
}

/** Prints the Cluster, which owns everything else of the cluster, as a manifest for `kubectl delete -f`. */
async function printRemoval(cluster: Cluster, done: string, options: ChangeOptions): Promise<void> {
  const comment = `# kubectl delete -f of this manifest has the same effect: cluster ${cluster.metadata.name} would be ${done}`;
  // JSON has no comments.
  if (options.output === 'json') console.error(comment);
  else console.log(comment);
  await printData(options, manifestOf(cluster));
}

async function remove(client: Client, cluster: Cluster, done: string, options: ChangeOptions): Promise<void> {
  const { name, uid = '' } = cluster.metadata;
  await client.delete(clusters, { name }, { uid });
  if (options.wait === true) await waitUntilGone(client, name);
  const text = `cluster ${name} is ${options.wait === true ? done : `being ${done}`}`;
  await print(options, manifestOf(cluster), () => text);
}

/** Prints each step on standard error. Throws InputError if the removal needs a user to change something. */
async function waitUntilGone(client: Client, name: string): Promise<void> {
  let printed = '';
  for (;;) {
    const found = await client.get(clusters, { name });
    if (found === undefined) return;
    refuseProtected(found);
    const { isStalled, message } = progressOf(found);
    if (message !== printed) console.error(message);
    printed = message;
    if (isStalled) throw new InputError(`cluster ${name} is not gone yet: ${message}`);
    await sleep(POLL_MS);
  }
}
