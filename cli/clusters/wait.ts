/** Waits for a Cluster to become ready or stopped, and reports each step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { InputError } from '../errors.ts';
import { warningsOf } from './without-effect.ts';

const POLL_MS = 500;

/**
 * Returns the Cluster once it is Ready, or stopped if that was asked for. Prints each step on standard error, and a
 * warning for each field that its provider ignored: only the controller knows them all. Throws InputError if it is
 * stalled or gone.
 */
export async function waitForCluster(client: Pick<Client, 'get'>, { metadata: { name } }: Cluster): Promise<Cluster> {
  const started = Date.now();
  let printed = '';
  for (;;) {
    const found = await client.get(clusters, { name });
    if (found === undefined) throw new InputError(`cluster ${name} is gone`);
    const { isDone, isStalled, message } = progressOf(found);
    const seconds = ((Date.now() - started) / 1_000).toFixed(1).padStart(6);
    if (message !== printed) console.error(`${seconds} s  ${message}`);
    printed = message;
    if (isStalled) throw new InputError(`cluster ${name}: ${message}`);
    if (isDone) {
      for (const warning of warningsOf(found)) console.error(warning);
      return found;
    }
    await sleep(POLL_MS);
  }
}

export interface Progress {
  readonly isDone: boolean;
  /** Nothing continues until a user changes something. */
  readonly isStalled: boolean;
  /** What is being done, or what is in the way. */
  readonly message: string;
}

/** Reads the conditions; those of an older generation do not count. */
export function progressOf({ metadata, status }: Cluster): Progress {
  const current = (status?.conditions ?? []).filter(
    ({ observedGeneration }) => observedGeneration === metadata.generation,
  );
  const ready = current.find(({ type }) => type === 'Ready');
  return {
    isDone: ready?.status === 'True' || ready?.reason === 'Stopped',
    isStalled: current.some(({ type, status: holds }) => type === 'Stalled' && holds === 'True'),
    message: ready?.message ?? 'waiting for the cluster controller',
  };
}
