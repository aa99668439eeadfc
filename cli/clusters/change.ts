/** Changes fields of a Cluster. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { withHub } from '../hub.ts';
import type { ChangeOptions } from '../options.ts';
import { manifestOf } from '../output/manifest.ts';
import { print, printData } from '../output/print.ts';
import { clusterNamed } from './find.ts';
import { waitForCluster } from './wait.ts';
import { refuseWithoutEffect } from './without-effect.ts';

type Fields = Partial<Cluster['spec']>;

/**
 * Sets fields of the spec, or with --dry-run only prints the object. `announce` runs before anything is written, also
 * for a dry run. Throws InputError, also for a field that the cluster's provider ignores.
 */
export async function changeCluster(
  name: string,
  fields: Fields | ((cluster: Cluster) => Fields),
  options: ChangeOptions,
  announce: (client: Client, cluster: Cluster) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await withHub(options, async (client) => {
    const cluster = await clusterNamed(client, name);
    const changed = typeof fields === 'function' ? fields(cluster) : fields;
    refuseWithoutEffect(cluster.spec.type, changed);
    await announce(client, cluster);
    if (options.dryRun === true)
      return printData(options, manifestOf({ ...cluster, spec: { ...cluster.spec, ...changed } }));
    const patched = await client.patch(clusters, { name }, { type: 'merge', body: { spec: changed } });
    await printChanged(client, patched, options);
  });
}

async function printChanged(client: Client, patched: Cluster, options: ChangeOptions): Promise<void> {
  const { name } = patched.metadata;
  if (options.wait === true) {
    const done = await waitForCluster(client, patched);
    return print(options, done, () => `cluster ${name} is ${done.spec.stopped === true ? 'stopped' : 'ready'}`);
  }
  await print(options, patched, () => `cluster ${name} changed; follow it with: kubectl steward cluster ${name}`);
}
