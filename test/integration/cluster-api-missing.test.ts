/**
 * A Cluster of type ClusterAPI on a hub without Cluster API, and later with an old version of it. The cluster
 * controller is a process with its own rights. No controller of Cluster API runs, so no machines are created.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { serveClusterAPI } from '../support/cluster-api-crds.ts';
import { clusterOf, conditionOf, untilReadyReason } from '../support/cluster-conditions.ts';
import { clusterSecrets } from '../support/cluster-leftovers.ts';

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

const apply = (manifest: object): Promise<string> =>
  stack.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(manifest));
const clusterNamed = (name: string): object => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name },
  spec: { tenantID: 'acme', type: 'ClusterAPI', version: 'v1.36.1', clusterAPI: { class: { name: 'quick-start' } } },
});

test('without Cluster API, the first step says what to install, and the cluster can be deleted', async () => {
  await apply(clusterNamed('dev'));
  assert.match(await untilReadyReason(stack, 'dev', 'ClusterAPIMissing'), /clusterctl init/);
  const cluster = await clusterOf(stack, 'dev');
  assert.match(conditionOf(cluster, 'ProvidersServed'), /^False ClusterAPIMissing: /);
  assert.equal(cluster.status?.phase, 'Failed');
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--timeout=60s']);
  assert.deepEqual(await clusterSecrets(stack, 'dev'), []);
});

test('when the hub later serves only v1beta1 of Cluster API, the controller writes v1beta1', async () => {
  await apply(clusterNamed('later'));
  await untilReadyReason(stack, 'later', 'ClusterAPIMissing');
  await serveClusterAPI(stack);
  await untilReadyReason(stack, 'later', 'ClassNotFound');
  await apply({
    apiVersion: 'cluster.x-k8s.io/v1beta1',
    kind: 'ClusterClass',
    metadata: { name: 'quick-start', namespace: INSTALLATION_NAMESPACE },
    spec: {},
  });
  await untilReadyReason(stack, 'later', 'InfrastructureCreating');
  const made = JSON.parse(
    await stack.kubectl(['get', 'clusters.cluster.x-k8s.io', 'later', '-n', INSTALLATION_NAMESPACE, '-o', 'json']),
  ) as { apiVersion: string; spec: { topology: object } };
  assert.equal(made.apiVersion, 'cluster.x-k8s.io/v1beta1');
  assert.deepEqual(made.spec.topology, { class: 'quick-start', version: 'v1.36.1', controlPlane: { replicas: 1 } });
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'later', '--timeout=60s']);
  assert.equal(await stack.kubectl(['get', 'clusters.cluster.x-k8s.io', '-A', '-o', 'name']), '');
});
