/** Creates and changes Clusters of a stack. */
import { dump } from 'js-yaml';
import type { Stack } from '../../hack/local/stack.ts';

/** Creates a Cluster of type Local for tenant acme. */
export async function createLocalCluster(stack: Stack, name: string, version: string): Promise<void> {
  const spec = { tenantID: 'acme', type: 'Local', version };
  const cluster = { apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name }, spec };
  await stack.kubectl(['create', '-f', '-'], dump(cluster));
}

/** Merges fields into the spec of a Cluster. */
export async function patchCluster(stack: Stack, name: string, spec: object): Promise<void> {
  const patch = JSON.stringify({ spec });
  await stack.kubectl(['patch', 'clusters.platform.tkestack.io', name, '--type=merge', '-p', patch]);
}
