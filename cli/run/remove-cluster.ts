/** Deletes a cluster that was made, or lets go of one that was imported: the verb has to fit, so that nobody deletes what he meant to keep. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client.ts';
import type { ChangeOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';

const LOOK_MS = 500;

export async function removeCluster(verb: 'delete-cluster' | 'detach-cluster', name: string, options: ChangeOptions): Promise<void> {
  await withHub(options, async (client) => {
    const known = await client.get(clusters, { name });
    if (known === undefined) throw new InputError(`there is no cluster ${name}`);
    const fitting = known.spec.type === 'Imported' ? 'detach-cluster' : 'delete-cluster';
    if (verb !== fitting) throw new InputError(`cluster ${name} is of type ${known.spec.type}: use ${fitting}`);
    const done = verb === 'delete-cluster' ? 'deleted' : 'let go of';
    if (options.dryRun === true) console.log(`cluster ${name} would be ${done}`);
    else await remove(client, known, { done, wait: options.wait === true });
  });
}

async function remove(client: Client, { metadata: { name, uid = '' } }: Cluster, { done, wait }: { readonly done: string; readonly wait: boolean }): Promise<void> {
  await client.delete(clusters, { name }, { uid });
  if (wait) await untilGone(client, name);
  console.log(`cluster ${name} is ${wait ? done : `being ${done}`}`);
}

async function untilGone(client: Client, name: string): Promise<void> {
  let told = '';
  for (;;) {
    const found = await client.get(clusters, { name });
    if (found === undefined) return;
    const line = found.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    if (line !== told) console.error(line);
    told = line;
    await sleep(LOOK_MS);
  }
}
