/**
 * Kills the cluster controller (SIGKILL) at every boundary between two steps, from the creation of a cluster to its
 * removal: as soon as the condition of a step turns True. The cluster still becomes Ready, no process runs twice, and
 * nothing is left after the deletion.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KUBERNETES_VERSION, RELEASES } from '../../clusters/controlplane/release.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import { clustersIn, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { createLocalCluster, patchCluster } from '../support/change-cluster.ts';
import { clusterOf, untilClusterReady, untilReadyReason } from '../support/cluster-conditions.ts';
import { assertNothingLeft, processesIn } from '../support/cluster-leftovers.ts';
import { eventually } from '../support/eventually.ts';
import { killAtBoundaries } from '../support/kill-at-boundaries.ts';

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

const OLD_VERSION = RELEASES[1]?.kubernetes ?? '';
const ONE_REPLICA = ['balancer', 'etcd', 'kube-apiserver', 'kube-controller-manager'];
const THREE_REPLICAS = [
  'balancer',
  'etcd',
  'etcd',
  'etcd',
  'kube-apiserver',
  'kube-apiserver',
  'kube-apiserver',
  'kube-controller-manager',
];

describe('a cluster controller that is killed after every step', () => {
  const provider = localProvider({ directory: '/nowhere', authorization: undefined });

  const steps = provider.steps.map(({ condition }) => condition);

  test('still creates the cluster and starts nothing twice', { timeout: 240_000 }, async () => {
    const {
      killed,
      result: { metadata },
    } = await killing(steps, 1, async () => {
      await createLocalCluster(stack, 'crash', OLD_VERSION);
      return untilClusterReady(stack, 'crash', 200_000);
    });
    assert.deepEqual(killed, [...steps].sort());
    assert.deepEqual(processesIn(metadata.uid ?? '?'), ONE_REPLICA);
  });

  const changes: readonly [what: string, spec: object, version: string, processes: readonly string[]][] = [
    ['upgrades the cluster', { version: KUBERNETES_VERSION }, KUBERNETES_VERSION, ONE_REPLICA],
    [
      'scales it from one control plane replica to three',
      { controlPlane: { replicas: 3 } },
      KUBERNETES_VERSION,
      THREE_REPLICAS,
    ],
    [
      'scales it from three control plane replicas to one',
      { controlPlane: { replicas: 1 } },
      KUBERNETES_VERSION,
      ONE_REPLICA,
    ],
  ];
  for (const [what, spec, version, processes] of changes) {
    test(`still ${what} and starts nothing twice`, { timeout: 300_000 }, async () => {
      const {
        metadata: { uid = '?', generation = 0 },
      } = await clusterOf(stack, 'crash');
      const { killed, result } = await killing(steps, generation + 1, async () => {
        await patch(spec);
        return untilClusterReady(stack, 'crash', 280_000);
      });
      assert.deepEqual(killed, [...steps].sort());
      assert.equal(result.status?.version, version);
      assert.deepEqual(processesIn(uid), processes);
    });
  }

  test('still stops the cluster and starts it again', { timeout: 240_000 }, async () => {
    const {
      metadata: { uid = '?', generation = 0 },
    } = await clusterOf(stack, 'crash');
    const stopped = await killing(['Stopped'], generation + 1, async () => {
      await patch({ stopped: true });
      await untilReadyReason(stack, 'crash', 'Stopped');
      assert.deepEqual(processesIn(uid), []);
    });
    assert.deepEqual(stopped.killed, ['Stopped']);
    const started = await killing(steps, generation + 2, async () => {
      await patch({ stopped: false });
      await untilClusterReady(stack, 'crash', 200_000);
    });
    assert.deepEqual(started.killed, [...steps].sort());
    assert.deepEqual(processesIn(uid), ONE_REPLICA);
  });

  test('restarts a dead process of the cluster, and no other', { timeout: 120_000 }, async () => {
    const { metadata } = await clusterOf(stack, 'crash');
    const folder = path.join(clustersIn(directory), metadata.uid ?? '?');
    const before = await pids(folder);
    process.kill(before['kube-apiserver'] ?? 0, 'SIGKILL');
    await eventually(
      'another kube-apiserver runs',
      async () => {
        const now = await pids(folder);
        return now['kube-apiserver'] !== undefined && now['kube-apiserver'] !== before['kube-apiserver'];
      },
      60_000,
    );
    await untilClusterReady(stack, 'crash');
    const after = await pids(folder);
    assert.deepEqual({ ...after, 'kube-apiserver': 0 }, { ...before, 'kube-apiserver': 0 });
  });

  test('refuses a downgrade in the middle of an upgrade', { timeout: 120_000 }, async () => {
    const { metadata } = await clusterOf(stack, 'crash');
    const before = await pids(path.join(clustersIn(directory), metadata.uid ?? '?'));
    // Imitates a partial upgrade: the version in the status is that of the oldest kube-apiserver.
    await patch({ paused: true });
    await untilPaused();
    await stack.kubectl([
      'patch',
      'clusters.platform.tkestack.io',
      'crash',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { version: OLD_VERSION } }),
    ]);
    await patch({ paused: false, version: OLD_VERSION });
    const message = await untilReadyReason(stack, 'crash', 'Downgrade');
    assert.ok(message.includes(KUBERNETES_VERSION) && message.includes(OLD_VERSION), message);
    await patch({ version: KUBERNETES_VERSION });
    await untilClusterReady(stack, 'crash');
    assert.deepEqual(await pids(path.join(clustersIn(directory), metadata.uid ?? '?')), before);
  });

  test('does not consider a cluster removed when it runs with another folder', { timeout: 120_000 }, async () => {
    const {
      metadata: { uid = '?' },
    } = await clusterOf(stack, 'crash');
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'steward-elsewhere-'));
    try {
      await stack.processes.get(CLUSTER_CONTROLLER.access.name)?.child.stop();
      await untilReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect', `--local-directory=${elsewhere}`]));
      await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'crash', '--wait=false']);
      const said = await untilReadyReason(stack, 'crash', 'Elsewhere');
      assert.ok(said.includes(`:${clustersIn(directory)} (machine:folder), and nothing of it is at `), said);
      assert.deepEqual(processesIn(uid), ONE_REPLICA);
    } finally {
      await stack.processes.get(CLUSTER_CONTROLLER.access.name)?.child.stop();
      await untilReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect']));
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test('still removes the cluster and leaves nothing behind', { timeout: 120_000 }, async () => {
    const { killed } = await killing(
      provider.removal.map(({ condition }) => condition),
      1,
      () => stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'crash', '--timeout=90s']),
    );
    // The last step removes the object, so its condition is never seen.
    assert.deepEqual(killed, ['FilesRemoved', 'ProcessesStopped']);
    await assertNothingLeft(stack, directory);
  });
});

/** Calls `act` while the controller is killed at these conditions. Returns the conditions at which it was, sorted. */
async function killing<T>(
  conditions: readonly string[],
  generation: number,
  act: () => Promise<T>,
): Promise<{ killed: string[]; result: T }> {
  const end = new AbortController();
  const killed = killAtBoundaries(stack, conditions, end.signal, generation);
  try {
    const result = await act();
    end.abort();
    return { killed: (await killed).sort(), result };
  } finally {
    end.abort();
    await killed;
  }
}

const patch = (spec: object): Promise<void> => patchCluster(stack, 'crash', spec);

async function untilPaused(): Promise<void> {
  await stack.kubectl(['wait', '--for=condition=Paused', 'clusters.platform.tkestack.io/crash', '--timeout=30s']);
}

/** Returns the process ids in the pid files of a cluster, by the name of the daemon. */
async function pids(folder: string): Promise<Record<string, number>> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.pid'));
  const entries = await Promise.all(
    files.map(
      async (file) =>
        [path.basename(file, '.pid'), Number.parseInt(await readFile(path.join(folder, file), 'utf8'), 10)] as const,
    ),
  );
  return Object.fromEntries(entries);
}
