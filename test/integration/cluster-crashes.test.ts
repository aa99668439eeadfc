/**
 * The cluster controller is killed (SIGKILL) at every boundary of a step, of a creation and of a removal: as soon as a
 * condition is seen to be new. The cluster still becomes Ready, nothing runs twice, and nothing is left after its end.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump } from 'js-yaml';
import { KUBERNETES_VERSION } from '../../controlplane/release.ts';
import { type Stack, clustersIn, startStack, untilReady } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../hack/processes.ts';
import { localProvider } from '../../providers/local/provider.ts';
import { clusterOf, processesIn, untilClusterReady } from '../support/clusters.ts';
import { killAtBoundaries } from '../support/kill-at-boundaries.ts';
import { eventually } from '../support/rules.ts';

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-crash-'));
  stack = await startStack({ directory, processes: [] });
  await untilReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect']));
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('a controller that is killed at every boundary of a step', () => {
  const provider = localProvider({ directory: '/nowhere', authorization: undefined });

  test('still makes the cluster, with nothing started twice', { timeout: 240_000 }, async () => {
    const steps = provider.steps.map(({ condition }) => condition);
    const end = new AbortController();
    const killing = killAtBoundaries(stack, steps, end.signal);
    await stack.kubectl(['create', '-f', '-'], dump({
      apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'crash' },
      spec: { tenantID: 'acme', type: 'Local', version: KUBERNETES_VERSION },
    }));
    const { metadata } = await untilClusterReady(stack, 'crash', 200_000);
    end.abort();
    assert.deepEqual((await killing).sort(), [...steps].sort());
    assert.deepEqual(processesIn(metadata.uid ?? '?'), ['balancer', 'etcd', 'kube-apiserver', 'kube-controller-manager']);
  });

  test('replaces what dies of the cluster, and only that', { timeout: 120_000 }, async () => {
    const { metadata } = await clusterOf(stack, 'crash');
    const folder = path.join(clustersIn(directory), metadata.uid ?? '?');
    const before = await pids(folder);
    process.kill(before['kube-apiserver'] ?? 0, 'SIGKILL');
    await eventually('another kube-apiserver runs', async () => {
      const now = await pids(folder);
      return now['kube-apiserver'] !== undefined && now['kube-apiserver'] !== before['kube-apiserver'];
    }, 60_000);
    await untilClusterReady(stack, 'crash');
    const after = await pids(folder);
    assert.deepEqual({ ...after, 'kube-apiserver': 0 }, { ...before, 'kube-apiserver': 0 });
  });

  test('still removes the cluster, with nothing left', { timeout: 120_000 }, async () => {
    const end = new AbortController();
    const killing = killAtBoundaries(stack, provider.removal.map(({ condition }) => condition), end.signal);
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'crash', '--timeout=90s']);
    end.abort();
    assert.ok((await killing).includes('ProcessesStopped'));
    assert.deepEqual(processesIn(clustersIn(directory)), []);
    assert.deepEqual(await readdir(clustersIn(directory)), []);
    assert.equal(await stack.kubectl(['get', 'secrets', '-n', 'steward-system', '-l', 'platform.tkestack.io/cluster', '-o', 'name']), '');
  });
});

/** The process ids that the daemons of a cluster have written, by name. */
async function pids(folder: string): Promise<Record<string, number>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.pid'));
  const entries = await Promise.all(files.map(async (file) => [path.basename(file, '.pid'), Number.parseInt(await readFile(path.join(folder, file), 'utf8'), 10)] as const));
  return Object.fromEntries(entries);
}
