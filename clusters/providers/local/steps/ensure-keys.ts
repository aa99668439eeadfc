/** Step: the cluster has keys of its own, in a Secret of the hub and in files of this machine. */
import { mkdir } from 'node:fs/promises';
import { done, type StepContext, type StepResult } from '../../provider.ts';
import { type LocalOptions, machineOf, writeKeys } from '../machine.ts';
import { pkiSecretName } from '../pki.ts';
import { elsewhere, notePlace } from '../place.ts';

export async function ensureKeys(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const away = await elsewhere(context, options);
  if (away !== undefined) return away;
  const machine = await machineOf(context, options);
  await notePlace(context, options, machine.pki);
  await mkdir(machine.layout.pki, { recursive: true, mode: 0o700 });
  await writeKeys(machine);
  return done(`the keys are in Secret ${context.namespace}/${pkiSecretName(context.cluster.metadata.name)}`);
}
