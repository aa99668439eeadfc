/** Waits for a cluster, and tells each new step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { InputError } from '../errors.ts';

const LOOK_MS = 500;

/** Returns the cluster when it is Ready, or stopped, as it was asked for. Throws InputError when something is in the way. */
export async function untilDone(
  client: Pick<Client, 'get'>,
  { metadata }: Cluster,
  tell: (line: string) => void,
): Promise<Cluster> {
  const started = Date.now();
  let told = '';
  for (;;) {
    const found = await client.get(clusters, { name: metadata.name });
    if (found === undefined) throw new InputError(`cluster ${metadata.name} is gone`);
    const { isDone, isStalled, line } = lookAt(found);
    if (line !== told) tell(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
    told = line;
    if (isStalled) throw new InputError(`cluster ${metadata.name}: ${line}`);
    if (isDone) return found;
    await sleep(LOOK_MS);
  }
}

interface Look {
  readonly isDone: boolean;
  /** Nothing goes on until somebody changes something. */
  readonly isStalled: boolean;
  readonly line: string;
}

/** What the conditions say of the generation that there is now. */
export function lookAt({ metadata, status }: Cluster): Look {
  const judged = (status?.conditions ?? []).filter(
    ({ observedGeneration }) => observedGeneration === metadata.generation,
  );
  const ready = judged.find(({ type }) => type === 'Ready');
  return {
    isDone: ready?.status === 'True' || ready?.reason === 'Stopped',
    isStalled: judged.some(({ type, status: holds }) => type === 'Stalled' && holds === 'True'),
    line: ready?.message ?? 'waiting for the cluster controller',
  };
}
