/**
 * Faults of a Local cluster on its machine: a full disk (a small tmpfs), a port used by another program, a kill in the
 * middle of a change of etcd members, and a lost folder. Each is repaired, or reported with what to do.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { clientUrl } from '../../clusters/providers/local/commands.ts';
import { EtcdClient } from '../../clusters/providers/local/etcd-client.ts';
import { layoutOf } from '../../clusters/providers/local/layout.ts';
import { portsAt, readPorts } from '../../clusters/providers/local/ports.ts';
import { clustersIn, type Stack, startStack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { createLocalCluster, patchCluster } from '../support/change-cluster.ts';
import { clusterOf, untilClusterReady, untilReadyReason } from '../support/cluster-conditions.ts';
import { processesIn } from '../support/cluster-leftovers.ts';
import { eventually } from '../support/eventually.ts';

let directory: string;
let disk: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-faults-'));
  disk = clustersIn(directory);
  await mkdir(disk, { recursive: true });
  // Only root may mount.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'steward-test', disk]);
  stack = await startStack({ directory, processes: [CLUSTER_CONTROLLER] });
  await createLocalCluster(stack, 'dev', KUBERNETES_VERSION);
});
after(async () => {
  await stack?.stop();
  execFileSync('umount', [disk]);
  await rm(directory, { recursive: true, force: true });
});

/** Takes a port as soon as it is free. The cluster is paused, so no controller starts anything there first. */
async function occupy(port: number): Promise<Server> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(5)) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
    );
    if (taken) return server;
  }
  return assert.fail(`port ${port} has not become free`);
}

describe('a local cluster', () => {
  test('without room on its disk reports DiskFull, and starts when there is room', { timeout: 300_000 }, async () => {
    assert.match(await untilReadyReason(stack, 'dev', 'DiskFull'), / 8 MB .+ 300 MB .+ --local-directory/);
    execFileSync('mount', ['-o', 'remount,size=1g', disk]);
    await untilClusterReady(stack, 'dev');
  });

  test('whose port another program uses reports which, and recovers when it is free', {
    timeout: 300_000,
  }, async () => {
    const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
    const port = (await readPorts(layout.ports))?.replicas[0]?.etcd ?? 0;
    const pid = Number(/\d+/.exec(await readFile(path.join(layout.replica(0), 'etcd.pid'), 'utf8'))?.[0]);
    await patch({ paused: true });
    await untilPaused();
    process.kill(pid, 'SIGKILL');
    const other = await occupy(port);
    try {
      await patch({ paused: false });
      assert.match(
        await untilReadyReason(stack, 'dev', 'PortInUse'),
        new RegExp(`^etcd .+ port ${port} of 127.0.0.1 .+: end that program`),
      );
    } finally {
      other.close();
    }
    await untilClusterReady(stack, 'dev');
  });

  test('that lost the data of one of three etcd members has that member join again', { timeout: 300_000 }, async () => {
    await patch({ controlPlane: { replicas: 3 } });
    await untilClusterReady(stack, 'dev');
    const before = (await voters()).get('member-0');
    await lose(0);
    await eventually(
      'member-0 has joined again',
      async () => {
        const now = (await voters()).get('member-0');
        return now !== undefined && now !== before;
      },
      150_000,
    );
    await untilClusterReady(stack, 'dev');
    assert.equal((await voters()).size, 3);
  });

  test('whose controller was killed between the removal of an etcd member and that of its files continues from there', {
    timeout: 300_000,
  }, async () => {
    await patch({ paused: true });
    const { etcd, url } = await etcdOf(1);
    const leaving = (await etcd.list(url)).find(({ name }) => name === 'member-2');
    await leave(etcd, url, leaving?.ID ?? '');
    await patch({ paused: false });
    await eventually(
      'member-2 joins again, without its old data',
      async () => {
        const id = (await voters()).get('member-2');
        return id !== undefined && id !== leaving?.ID;
      },
      150_000,
    );
    await untilClusterReady(stack, 'dev');

    await patch({ paused: true });
    await leave(etcd, url, (await voters()).get('member-2') ?? '');
    await patch({ paused: false, controlPlane: { replicas: 1 } });
    await untilClusterReady(stack, 'dev');
    assert.deepEqual([...(await voters()).keys()], ['member-0']);
  });

  test('that lost all data of etcd reports DataMissing, and is not started empty', { timeout: 60_000 }, async () => {
    await lose(0);
    await untilReadyReason(stack, 'dev', 'DataMissing');
    const { metadata } = await clusterOf(stack, 'dev');
    assert.ok(!processesIn(metadata.uid ?? '?').includes('etcd'));
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--timeout=30s']);
  });
});

const untilPaused = (): Promise<string> =>
  stack.kubectl(['wait', '--for=condition=Paused', 'clusters.platform.tkestack.io/dev', '--timeout=60s']);

const patch = (spec: object): Promise<void> => patchCluster(stack, 'dev', spec);

/** A client for the cluster's etcd, with its keys, and the URL of one etcd member. */
async function etcdOf(index: number): Promise<{ etcd: EtcdClient; url: string }> {
  const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
  const at = (file: string): string => path.join(layout.pki, file);
  const etcd = new EtcdClient({
    cert: at('apiserver-etcd-client.crt'),
    key: at('apiserver-etcd-client.key'),
    ca: await readFile(at('etcd-ca.crt'), 'utf8'),
  });
  return { etcd, url: clientUrl(portsAt((await readPorts(layout.ports))?.replicas ?? [], index)) };
}

/** Removes an etcd member. etcd refuses until all members have been connected for five seconds. */
function leave(etcd: EtcdClient, url: string, id: string): Promise<true> {
  return eventually(`etcd member ${id} is removed`, () => etcd.remove(url, id).then(() => true as const), 20_000);
}

/** The ids of the voting etcd members, by name, as the first member that answers lists them. */
async function voters(): Promise<Map<string, string>> {
  for (const index of [0, 1]) {
    const { etcd, url } = await etcdOf(index);
    const known = await etcd.list(url).catch(() => undefined);
    if (known !== undefined)
      return new Map(known.filter(({ isLearner }) => !isLearner).map(({ name, ID }) => [name, ID]));
  }
  return new Map();
}

/** Kills the etcd of a replica, and deletes its data. */
async function lose(index: number): Promise<void> {
  const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
  process.kill(
    Number(/\d+/.exec(await readFile(path.join(layout.replica(index), 'etcd.pid'), 'utf8'))?.[0]),
    'SIGKILL',
  );
  await rm(layout.etcdData(index), { recursive: true, force: true });
}
