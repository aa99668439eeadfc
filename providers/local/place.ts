/**
 * Where the processes of a local cluster are: on a machine, below a folder. It stands with the cluster's keys, so that a
 * controller on another machine, or with another folder, does not take "nothing runs here" for "nothing runs".
 */
import { hostname } from 'node:os';
import { secrets } from '../../api/core.ts';
import { type StepContext, type StepResult, failed } from '../provider.ts';
import { own } from '../secrets.ts';
import { isThere } from './is-there.ts';
import { layoutOf } from './layout.ts';
import type { LocalOptions } from './machine.ts';
import { pkiSecretName } from './pki.ts';

const KEY = 'place';

type Asked = Pick<StepContext, 'client' | 'namespace' | 'cluster'>;

/** What says that the cluster is in another place; undefined when it is here, or nowhere yet. */
export async function elsewhere(context: Asked, options: Pick<LocalOptions, 'directory'>): Promise<StepResult | undefined> {
  const { metadata } = context.cluster;
  if (await isThere(layoutOf(options.directory, metadata.uid ?? '').root)) return undefined;
  const noted = await notedPlace(context);
  if (noted === undefined || noted === placeOf(options)) return undefined;
  return failed('Elsewhere', `its processes were started at ${noted} (machine:folder), and nothing of it is at ${placeOf(options)}: have the controller run there, or, when that machine is gone for good, delete Secret ${context.namespace}/${pkiSecretName(metadata.name)}`);
}

/** Notes that the cluster is here. */
export async function notePlace(context: Asked, options: Pick<LocalOptions, 'directory'>): Promise<void> {
  const place = placeOf(options);
  if ((await notedPlace(context)) === place) return;
  const ref = { name: pkiSecretName(context.cluster.metadata.name), namespace: context.namespace };
  await context.client.patch(secrets, ref, { type: 'merge', body: { data: { [KEY]: Buffer.from(place).toString('base64') } } });
}

async function notedPlace({ client, namespace, cluster }: Asked): Promise<string | undefined> {
  const secret = await client.get(secrets, { name: pkiSecretName(cluster.metadata.name), namespace });
  const noted = secret === undefined ? undefined : own(secret, cluster).data?.[KEY];
  return noted === undefined ? undefined : Buffer.from(noted, 'base64').toString('utf8');
}

function placeOf({ directory }: Pick<LocalOptions, 'directory'>): string {
  return `${hostname()}:${directory}`;
}
