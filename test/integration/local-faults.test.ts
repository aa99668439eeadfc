/**
 * What can stand in the way of a Local cluster on its machine: a disk that is full (a small tmpfs), a port that another
 * program has, a kill in the middle of a change of etcd's members, a folder that was lost. Each is mended, or told with
 * what to do.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dump } from 'js-yaml';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { clientUrl } from '../../clusters/providers/local/commands.ts';
import { EtcdClient } from '../../clusters/providers/local/etcd.ts';
import { layoutOf, portsAt, readPorts } from '../../clusters/providers/local/layout.ts';
import { clustersIn, type Stack, startStack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { clusterOf, processesIn, untilClusterReady, untilClusterSays } from '../support/clusters.ts';
import { eventually } from '../support/rules.ts';

let directory: string;
let disk: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-faults-'));
  disk = clustersIn(directory);
  await mkdir(disk, { recursive: true });
  // To mount is root's right.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'steward-test', disk]);
  stack = await startStack({ directory, processes: [CLUSTER_CONTROLLER] });
  await stack.kubectl(
    ['create', '-f', '-'],
    dump({
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'dev' },
      spec: { tenantID: 'acme', type: 'Local', version: KUBERNETES_VERSION },
    }),
  );
});
after(async () => {
  await stack?.stop();
  execFileSync('umount', [disk]);
  await rm(directory, { recursive: true, force: true });
});

/** Takes a port as soon as it is free. */
async function occupy(port: number): Promise<Server> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(5)) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)),
    );
    if (taken) return server;
  }
  return assert.fail(`port ${port} never was free`);
}

describe('a local cluster', () => {
  test('without room on its disk says so, and comes up when there is room', { timeout: 300_000 }, async () => {
    assert.match(
      await untilClusterSays(stack, 'dev', 'DiskFull'),
      /^8 MB are free in .+, and 300 MB are needed: free some, or start the controller with another --local-directory$/,
    );
    execFileSync('mount', ['-o', 'remount,size=1g', disk]);
    await untilClusterReady(stack, 'dev');
  });

  test('whose port another program has says which, and comes up when it is free', { timeout: 300_000 }, async () => {
    const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
    const port = (await readPorts(layout.ports))?.members[0]?.etcd ?? 0;
    const pid = Number(/\d+/.exec(await readFile(path.join(layout.member(0), 'etcd.pid'), 'utf8'))?.[0]);
    process.kill(pid, 'SIGKILL');
    const other = await occupy(port);
    try {
      assert.match(
        await untilClusterSays(stack, 'dev', 'PortInUse'),
        new RegExp(`etcd can't have its port ${port} of 127.0.0.1, which another program uses: end that program`),
      );
    } finally {
      other.close();
    }
    await untilClusterReady(stack, 'dev');
  });

  test('that lost what one of three members of etcd stored has that one join anew', { timeout: 300_000 }, async () => {
    await patch({ controlPlane: { replicas: 3 } });
    await untilClusterReady(stack, 'dev');
    const before = (await voters()).get('member-0');
    await lose(0);
    await eventually(
      'member-0 is another one',
      async () => {
        const now = (await voters()).get('member-0');
        return now !== undefined && now !== before;
      },
      150_000,
    );
    await untilClusterReady(stack, 'dev');
    assert.equal((await voters()).size, 3);
  });

  test('whose controller was killed after a member had left etcd, before its files were gone, goes on from there', {
    timeout: 300_000,
  }, async () => {
    await patch({ paused: true });
    const { etcd, url } = await etcdOf(1);
    const leaving = (await etcd.list(url)).find(({ name }) => name === 'member-2');
    await leave(etcd, url, leaving?.ID ?? '');
    await patch({ paused: false });
    await eventually(
      'it joins again, with nothing of what it stored',
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

  test('that lost everything that etcd stored says so, and is not started empty', { timeout: 60_000 }, async () => {
    await lose(0);
    assert.match(
      await untilClusterSays(stack, 'dev', 'DataMissing'),
      /^what etcd stored is not in .+: bring the folder back .+, or delete the cluster and create it again$/,
    );
    const { metadata } = await clusterOf(stack, 'dev');
    assert.ok(!processesIn(metadata.uid ?? '?').includes('etcd'));
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--timeout=30s']);
  });
});

const patch = (spec: object): Promise<string> =>
  stack.kubectl(['patch', 'clusters.platform.tkestack.io', 'dev', '--type=merge', '-p', JSON.stringify({ spec })]);

/** A client of the cluster's etcd, with its keys, and the address of one member. */
async function etcdOf(index: number): Promise<{ etcd: EtcdClient; url: string }> {
  const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
  const at = (file: string): string => path.join(layout.pki, file);
  const etcd = new EtcdClient({
    cert: at('apiserver-etcd-client.crt'),
    key: at('apiserver-etcd-client.key'),
    ca: await readFile(at('etcd-ca.crt'), 'utf8'),
  });
  return { etcd, url: clientUrl(portsAt((await readPorts(layout.ports))?.members ?? [], index)) };
}

/** etcd lets nobody go before all are known to each other for five seconds. */
function leave(etcd: EtcdClient, url: string, id: string): Promise<true> {
  return eventually(`${id} leaves etcd`, () => etcd.remove(url, id).then(() => true as const), 20_000);
}

/** The ids of those members of etcd that vote, by name; as any of them says. */
async function voters(): Promise<Map<string, string>> {
  for (const index of [0, 1]) {
    const { etcd, url } = await etcdOf(index);
    const known = await etcd.list(url).catch(() => undefined);
    if (known !== undefined)
      return new Map(known.filter(({ isLearner }) => !isLearner).map(({ name, ID }) => [name, ID]));
  }
  return new Map();
}

/** Kills the etcd of a member, and removes what it stored. */
async function lose(index: number): Promise<void> {
  const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
  process.kill(Number(/\d+/.exec(await readFile(path.join(layout.member(index), 'etcd.pid'), 'utf8'))?.[0]), 'SIGKILL');
  await rm(path.join(layout.member(index), 'etcd'), { recursive: true, force: true });
}
