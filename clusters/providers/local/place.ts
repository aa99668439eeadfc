/**
 * Where the processes of a local cluster are: on a machine, below a folder. It stands with the cluster's keys, so that a
 * controller on another machine, or with another folder, does not take "nothing runs here" for "nothing runs".
 */
import { hostname } from 'node:os';
import { secrets } from '../../../api/kubernetes/core.ts';
import { failed, type StepContext, type StepResult } from '../provider.ts';
import { isThere } from './is-there.ts';
import { layoutOf } from './layout.ts';
import type { LocalOptions } from './machine.ts';
import { type Pki, PLACE, pkiSecretName, readPki } from './pki.ts';

type Asked = Pick<StepContext, 'client' | 'namespace' | 'cluster'>;

/** What says that the cluster is in another place; undefined when it is here, or nowhere yet. */
export async function elsewhere(
  context: Asked,
  options: Pick<LocalOptions, 'directory'>,
): Promise<StepResult | undefined> {
  const { metadata } = context.cluster;
  if (await isThere(layoutOf(options.directory, metadata.uid ?? '').root)) return undefined;
  const noted = (await readPki(context.client, context.namespace, context.cluster))?.place;
  if (noted === undefined || noted === placeOf(options)) return undefined;
  return failed(
    'Elsewhere',
    `its processes were started at ${noted} (machine:folder), and nothing of it is at ${placeOf(options)}: have the controller run there, or, when that machine is gone for good, delete Secret ${context.namespace}/${pkiSecretName(metadata.name)}`,
  );
}

/** Notes that the cluster is here, where its keys say otherwise. */
export async function notePlace(
  { client, namespace, cluster }: Asked,
  options: Pick<LocalOptions, 'directory'>,
  { place }: Pick<Pki, 'place'>,
): Promise<void> {
  const here = placeOf(options);
  if (place === here) return;
  await client.patch(
    secrets,
    { name: pkiSecretName(cluster.metadata.name), namespace },
    { type: 'merge', body: { data: { [PLACE]: Buffer.from(here).toString('base64') } } },
  );
}

function placeOf({ directory }: Pick<LocalOptions, 'directory'>): string {
  return `${hostname()}:${directory}`;
}
