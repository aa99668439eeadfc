/** Creates a Cluster. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';
import type { ChangeOptions } from '../options.ts';
import { manifestOf } from '../output/manifest.ts';
import { print, printData } from '../output/print.ts';
import { waitForCluster } from './wait.ts';

/** Creates it on the hub and prints it; with --dry-run only prints it. Throws InputError, ApiError. */
export async function createCluster(
  client: Client,
  name: string,
  spec: Cluster['spec'],
  options: ChangeOptions,
): Promise<void> {
  const cluster = { apiVersion: apiVersionOf(clusters), kind: clusters.kind, metadata: { name }, spec };
  if (options.dryRun === true) return printData(options, manifestOf(cluster));
  const created = await client.create(clusters, cluster);
  if (options.wait === true)
    return print(options, await waitForCluster(client, created), () => `cluster ${name} is ready`);
  await print(options, created, () => `cluster ${name} created; follow it with: kubectl steward cluster ${name}`);
}
