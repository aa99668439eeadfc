/**
 * The cluster controller is killed (SIGKILL) at every boundary of a step, of everything that is done to a cluster from
 * its creation to its removal: as soon as a condition is seen to be new. The cluster still becomes Ready, nothing runs
 * twice, and nothing is left after its end.
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
import { clusterOf, untilClusterReady, untilClusterSays } from '../support/cluster-conditions.ts';
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
const ONE_MEMBER = ['balancer', 'etcd', 'kube-apiserver', 'kube-controller-manager'];
const THREE_MEMBERS = [
  'balancer',
  'etcd',
  'etcd',
  'etcd',
  'kube-apiserver',
  'kube-apiserver',
  'kube-apiserver',
  'kube-controller-manager',
];

describe('a controller that is killed at every boundary of a step', () => {
  const provider = localProvider({ directory: '/nowhere', authorization: undefined });

  const steps = provider.steps.map(({ condition }) => condition);

  test('still makes the cluster, with nothing started twice', { timeout: 240_000 }, async () => {
    const {
      killed,
      result: { metadata },
    } = await killing(steps, 1, async () => {
      await createLocalCluster(stack, 'crash', OLD_VERSION);
      return untilClusterReady(stack, 'crash', 200_000);
    });
    assert.deepEqual(killed, [...steps].sort());
    assert.deepEqual(processesIn(metadata.uid ?? '?'), ONE_MEMBER);
  });

  const changes: readonly [what: string, spec: object, version: string, processes: readonly string[]][] = [
    ['upgrades it', { version: KUBERNETES_VERSION }, KUBERNETES_VERSION, ONE_MEMBER],
    ['makes three members of one', { controlPlane: { replicas: 3 } }, KUBERNETES_VERSION, THREE_MEMBERS],
    ['makes one member of three', { controlPlane: { replicas: 1 } }, KUBERNETES_VERSION, ONE_MEMBER],
  ];
  for (const [what, spec, version, processes] of changes) {
    test(`still ${what}, with nothing started twice`, { timeout: 300_000 }, async () => {
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

  test('still stops it and starts it again', { timeout: 240_000 }, async () => {
    const {
      metadata: { uid = '?', generation = 0 },
    } = await clusterOf(stack, 'crash');
    const stopped = await killing(['Stopped'], generation + 1, async () => {
      await patch({ stopped: true });
      await untilClusterSays(stack, 'crash', 'Stopped');
      assert.deepEqual(processesIn(uid), []);
    });
    assert.deepEqual(stopped.killed, ['Stopped']);
    const started = await killing(steps, generation + 2, async () => {
      await patch({ stopped: false });
      await untilClusterReady(stack, 'crash', 200_000);
    });
    assert.deepEqual(started.killed, [...steps].sort());
    assert.deepEqual(processesIn(uid), ONE_MEMBER);
  });

  test('replaces what dies of the cluster, and only that', { timeout: 120_000 }, async () => {
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

  test('goes back to no older version in the middle of an upgrade', { timeout: 120_000 }, async () => {
    const { metadata } = await clusterOf(stack, 'crash');
    const before = await pids(path.join(clustersIn(directory), metadata.uid ?? '?'));
    // As it is while not every kube-apiserver is replaced: the version of a cluster is that of its oldest member.
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
    const message = await untilClusterSays(stack, 'crash', 'Downgrade');
    assert.ok(message.includes(KUBERNETES_VERSION) && message.includes(OLD_VERSION), message);
    await patch({ version: KUBERNETES_VERSION });
    await untilClusterReady(stack, 'crash');
    assert.deepEqual(await pids(path.join(clustersIn(directory), metadata.uid ?? '?')), before);
  });

  test('with another folder does not take it for removed', { timeout: 120_000 }, async () => {
    const {
      metadata: { uid = '?' },
    } = await clusterOf(stack, 'crash');
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'steward-elsewhere-'));
    try {
      await stack.processes.get(CLUSTER_CONTROLLER.access.name)?.child.stop();
      await untilReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect', `--local-directory=${elsewhere}`]));
      await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'crash', '--wait=false']);
      const said = await untilClusterSays(stack, 'crash', 'Elsewhere');
      assert.ok(said.includes(`:${clustersIn(directory)} (machine:folder), and nothing of it is at `), said);
      assert.deepEqual(processesIn(uid), ONE_MEMBER);
    } finally {
      await stack.processes.get(CLUSTER_CONTROLLER.access.name)?.child.stop();
      await untilReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect']));
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test('still removes the cluster, with nothing left', { timeout: 120_000 }, async () => {
    const { killed } = await killing(
      provider.removal.map(({ condition }) => condition),
      1,
      () => stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'crash', '--timeout=90s']),
    );
    // With the last one the object goes, so that nobody sees its condition.
    assert.deepEqual(killed, ['FilesRemoved', 'ProcessesStopped']);
    await assertNothingLeft(stack, directory);
  });
});

/** Does something while the controller is killed at those conditions; returns at which it was. */
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

/** The process ids that the daemons of a cluster have written, by name. */
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
