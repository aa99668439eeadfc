/** Deletes a cluster that was made, or lets go of one that was imported: the verb has to fit, so that nobody deletes what he meant to keep. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { ChangeOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';
import { manifestOf } from '../output/manifest.ts';
import { checkOutput, print } from '../output/print.ts';
import { lookAt } from './until-done.ts';

const LOOK_MS = 500;

export async function removeCluster(
  verb: 'delete-cluster' | 'detach-cluster',
  name: string,
  options: ChangeOptions,
): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const known = await client.get(clusters, { name });
    if (known === undefined) throw new InputError(`there is no cluster ${name}`);
    const fitting = known.spec.type === 'Imported' ? 'detach-cluster' : 'delete-cluster';
    if (verb !== fitting) throw new InputError(`cluster ${name} is of type ${known.spec.type}: use ${fitting}`);
    refuseHeld(known);
    const done = verb === 'delete-cluster' ? 'deleted' : 'let go of';
    if (options.dryRun === true) printWhatGoes(known, done, options);
    else await remove(client, known, done, options);
  });
}

/**
 * Throws InputError for a cluster that nobody would remove. Asked before anything is done: a deletion can't be taken back, and would
 * wait for the day on which somebody changes the field for another reason.
 */
function refuseHeld({ metadata: { name }, spec: { deletionProtection, paused } }: Cluster): void {
  const clear = (field: string): string => `kubectl patch cls ${name} --type=merge -p '{"spec":{"${field}":false}}'`;
  if (deletionProtection === true)
    throw new InputError(
      `cluster ${name} is protected from deletion (spec.deletionProtection). If it is to go all the same, first:\n  ${clear('deletionProtection')}`,
    );
  if (paused === true)
    throw new InputError(
      `cluster ${name} is paused (spec.paused): nothing is done to it, and it is not removed either. First:\n  ${clear('paused')}`,
    );
}

/** The one object, to which everything else of the cluster belongs; as a file that kubectl can delete by. */
function printWhatGoes(known: Cluster, done: string, { output = 'yaml' }: ChangeOptions): void {
  const comment = `# cluster ${known.metadata.name} would be ${done}, as by kubectl delete -f of this object`;
  // JSON has no comments.
  if (output === 'yaml') console.log(comment);
  else console.error(comment);
  print({ output }, manifestOf(known), () => '');
}

async function remove(client: Client, known: Cluster, done: string, options: ChangeOptions): Promise<void> {
  const { name, uid = '' } = known.metadata;
  await client.delete(clusters, { name }, { uid });
  if (options.wait === true) await untilGone(client, name);
  print(options, manifestOf(known), () => `cluster ${name} is ${options.wait === true ? done : `being ${done}`}`);
}

/** Throws InputError when something is in the way that does not pass by itself. */
async function untilGone(client: Client, name: string): Promise<void> {
  let told = '';
  for (;;) {
    const found = await client.get(clusters, { name });
    if (found === undefined) return;
    refuseHeld(found);
    const { isStalled, line } = lookAt(found);
    if (line !== told) console.error(line);
    told = line;
    if (isStalled) throw new InputError(`cluster ${name} is not gone yet: ${line}`);
    await sleep(LOOK_MS);
  }
}
