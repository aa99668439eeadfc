/** Finds the Cluster that a command names. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { InputError } from '../errors.ts';

/** Throws InputError if there is none. */
export async function clusterNamed(client: Pick<Client, 'get'>, name: string): Promise<Cluster> {
  const found = await client.get(clusters, { name });
  if (found === undefined) throw new InputError(`there is no cluster ${name}`);
  return found;
}
