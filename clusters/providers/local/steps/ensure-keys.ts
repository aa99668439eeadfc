/** Step: the keys of the cluster are in a Secret of the hub, and in files of this machine. */
import { mkdir } from 'node:fs/promises';
import { done, type StepContext, type StepResult } from '../../provider.ts';
import { writeSharedKeys } from '../key-files.ts';
import type { Machine } from '../machine.ts';
import type { LocalOptions } from '../options.ts';
import { pkiSecretName } from '../pki.ts';
import { elsewhere, recordPlace } from '../place.ts';

/**
 * `machineOf` creates the folder of the cluster, so it is called only after the check that the cluster is not
 * elsewhere.
 */
export async function ensureKeys(
  context: StepContext,
  options: LocalOptions,
  machineOf: (context: StepContext) => Promise<Machine>,
): Promise<StepResult> {
  const away = await elsewhere(context, options);
  if (away !== undefined) return away;
  const machine = await machineOf(context);
  await recordPlace(context, options, machine.pki);
  await mkdir(machine.layout.pki, { recursive: true, mode: 0o700 });
  await writeSharedKeys(machine);
  return done(`Secret ${context.namespace}/${pkiSecretName(context.cluster.metadata.name)} contains the keys`);
}
