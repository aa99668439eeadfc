/** A cluster of type ClusterAPI on a hub without Cluster API: told what to do, and removable. The steps are called directly. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';
import { clusterAPIProvider } from '../../providers/cluster-api/provider.ts';
import type { StepContext } from '../../providers/provider.ts';
import { createClient } from '../../runtime/client.ts';
import { loadKubeConfig } from '../../runtime/credentials.ts';
import type { Logger } from '../../runtime/log.ts';

const silent: Logger = { debug() {}, info() {}, error() {}, child: () => silent };
let directory: string;
let plane: ControlPlane;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-capi-missing-'));
  plane = await startControlPlane({ directory });
});
after(async () => {
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('without Cluster API the first step fails with its reason, and a removal that has nothing to remove is done', async () => {
  const client = createClient(() => loadKubeConfig(plane.kubeconfig), { fieldManager: 'test' });
  const provider = clusterAPIProvider();
  const cluster: Cluster = {
    apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'dev', uid: 'u1' }, spec: { tenantID: 'acme', type: 'ClusterAPI', version: 'v1.36.1' },
  };
  const context: StepContext = { cluster, goal: undefined, client, namespace: 'default', log: silent, signal: new AbortController().signal };
  try {
    const result = await provider.steps[0]?.run(context);
    assert.ok(result?.state === 'failed' && result.reason === 'ClusterAPIMissing', JSON.stringify(result));
    assert.ok(result.message.includes('clusterctl init'));
    for (const step of provider.removal) assert.equal((await step.run(context)).state, 'done', step.condition);
    // One that was made is not forgotten because the kinds are gone.
    const made = { ...context, cluster: { ...cluster, status: { version: 'v1.36.1' } } };
    assert.equal((await provider.removal[0]?.run(made))?.state, 'failed');
    assert.equal((await provider.pause(context)).state, 'done');
  } finally {
    await client.close();
  }
});
