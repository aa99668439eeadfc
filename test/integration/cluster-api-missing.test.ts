/** A cluster of type ClusterAPI on a hub without Cluster API: told what to do, and removable. The controller is a process with its own rights. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../hack/processes.ts';
import { clusterOf, conditionOf, untilClusterSays } from '../support/clusters.ts';

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-capi-missing-'));
  stack = await startStack({ directory, processes: [CLUSTER_CONTROLLER] });
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('without Cluster API the first step says what to install, and the cluster can be removed', async () => {
  await stack.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({
    apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'dev' },
    spec: { tenantID: 'acme', type: 'ClusterAPI', version: 'v1.36.1', clusterAPI: { class: { name: 'quick-start' } } },
  }));
  assert.match(await untilClusterSays(stack, 'dev', 'ClusterAPIMissing'), /does not serve cluster\.x-k8s\.io: .*clusterctl init/);
  const cluster = await clusterOf(stack, 'dev');
  assert.match(conditionOf(cluster, 'ProvidersServed'), /^False ClusterAPIMissing: /);
  assert.equal(cluster.status?.phase, 'Failed');
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--timeout=60s']);
  assert.equal(await stack.kubectl(['get', 'secrets', '-n', 'steward-system', '-l', 'platform.tkestack.io/cluster=dev', '-o', 'name']), '');
});
