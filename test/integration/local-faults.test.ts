/**
 * What can stand in the way of a Local cluster on its machine: a disk that is full (a small tmpfs), and a port that another
 * program has. Each is told with what to do, and once it is gone the cluster comes up by itself.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dump } from 'js-yaml';
import { KUBERNETES_VERSION } from '../../controlplane/release.ts';
import { type Stack, clustersIn, startStack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../hack/processes.ts';
import { layoutOf, readPorts } from '../../providers/local/layout.ts';
import { clusterOf, untilClusterReady, untilClusterSays } from '../support/clusters.ts';

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
  await stack.kubectl(['create', '-f', '-'], dump({
    apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'dev' }, spec: { tenantID: 'acme', type: 'Local', version: KUBERNETES_VERSION },
  }));
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
    const taken = await new Promise<boolean>((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (taken) return server;
  }
  return assert.fail(`port ${port} never was free`);
}

describe('a local cluster', () => {
  test('without room on its disk says so, and comes up when there is room', { timeout: 180_000 }, async () => {
    assert.match(await untilClusterSays(stack, 'dev', 'DiskFull'), /^8 MB are free in .+, and 300 MB are needed: free some, or start the controller with another --local-directory$/);
    execFileSync('mount', ['-o', 'remount,size=1g', disk]);
    await untilClusterReady(stack, 'dev');
  });

  test('whose port another program has says which, and comes up when it is free', { timeout: 180_000 }, async () => {
    const layout = layoutOf(disk, (await clusterOf(stack, 'dev')).metadata.uid ?? '');
    const port = (await readPorts(layout.ports))?.members[0]?.etcd ?? 0;
    const pid = Number(/\d+/.exec(await readFile(path.join(layout.member(0), 'etcd.pid'), 'utf8'))?.[0]);
    process.kill(pid, 'SIGKILL');
    const other = await occupy(port);
    try {
      assert.match(await untilClusterSays(stack, 'dev', 'PortInUse'), new RegExp(`etcd can't have its port ${port} of 127.0.0.1, which another program uses: end that program`));
    } finally {
      other.close();
    }
    await untilClusterReady(stack, 'dev');
  });
});
