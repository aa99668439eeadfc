/**
 * The place of a local cluster: the machine and folder of its processes. The Secret with the cluster's keys records it,
 * so that a controller on another machine, or with another folder, does not conclude that nothing runs because it finds
 * nothing.
 */
import { hostname } from 'node:os';
import { secrets } from '../../../api/kubernetes/core.ts';
import { failed, type StepContext, type StepResult } from '../provider.ts';
import { exists } from './exists.ts';
import { layoutOf } from './layout.ts';
import type { LocalOptions } from './options.ts';
import { type Pki, PLACE, pkiSecretName, readPki } from './pki.ts';

type HubAndCluster = Pick<StepContext, 'client' | 'namespace' | 'cluster'>;

/** Returns a failure when the cluster is in another place; undefined when it is here, or nowhere yet. */
export async function elsewhere(
  context: HubAndCluster,
  options: Pick<LocalOptions, 'directory'>,
): Promise<StepResult | undefined> {
  const { metadata } = context.cluster;
  if (await exists(layoutOf(options.directory, metadata.uid ?? '').root)) return undefined;
  const recorded = (await readPki(context.client, context.namespace, context.cluster))?.place;
  if (recorded === undefined || recorded === placeOf(options)) return undefined;
  return failed(
    'Elsewhere',
    `the processes of this cluster were started at ${recorded} (machine:folder), and nothing of it is at ${placeOf(options)}: run the controller there; or, if that machine is gone for good, delete Secret ${context.namespace}/${pkiSecretName(metadata.name)}`,
  );
}

/** Records that the cluster is here, unless its keys say so already. */
export async function recordPlace(
  { client, namespace, cluster }: HubAndCluster,
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
