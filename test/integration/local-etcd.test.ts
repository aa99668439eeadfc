/** How a real etcd behaves when a Local cluster removes etcd members. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAuthority, generateSigningKey } from '../../clusters/controlplane/certificates.ts';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { clientUrl, etcdCommand, etcdMemberName, peerUrl } from '../../clusters/providers/local/commands.ts';
import { runningDaemon, startDaemon } from '../../clusters/providers/local/daemon.ts';
import type { EtcdClient } from '../../clusters/providers/local/etcd-client.ts';
import { etcdClient, etcdPlace, initialMember } from '../../clusters/providers/local/etcd-process.ts';
import { etcdMemberTls, writeSharedKeys } from '../../clusters/providers/local/key-files.ts';
import { type Layout, layoutOf } from '../../clusters/providers/local/layout.ts';
import type { Pki } from '../../clusters/providers/local/pki.ts';
import { type Ports, portsAt, portsOf } from '../../clusters/providers/local/ports.ts';
import { Programs } from '../../clusters/providers/local/programs.ts';
import { eventually } from '../support/eventually.ts';

const initialCluster = (ports: Ports, count: number): string =>
  Array.from({ length: count }, (_, index) => initialMember({ ports }, index)).join(',');

describe('an etcd member', () => {
  let directory: string;
  let layout: Layout;
  let ports: Ports;
  let pki: Pki;
  let etcd: EtcdClient;
  const running = new Map<number, number>();

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'steward-etcd-'));
    layout = layoutOf(directory, 'one');
    ports = await portsOf(layout, 2);
    pki = {
      authority: await createAuthority('ca'),
      etcdAuthority: await createAuthority('etcd-ca'),
      serviceAccountKey: generateSigningKey(),
    };
    await mkdir(layout.pki, { recursive: true });
    await writeSharedKeys({ layout, pki });
    etcd = await etcdClient({ layout, pki });
  });

  after(async () => {
    for (const index of running.keys()) kill(index);
    await rm(directory, { recursive: true, force: true });
  });

  test('that stays alone serves again, though it is killed at the moment when the other is removed', {
    timeout: 120_000,
  }, async () => {
    const url = clientUrl(portsAt(ports.replicas, 0));
    await start(0, 1);
    await untilHealthy(0);
    await etcd.addLearner(url, peerUrl(portsAt(ports.replicas, 1)));
    await start(1, 2);
    const { ID: id } = await eventually(
      'the other has joined',
      async () => (await etcd.list(url)).find(({ name }) => name === etcdMemberName(1)),
      20_000,
    );
    await eventually('the other etcd member votes', () => etcd.promote(url, id).then(() => true), 20_000);
    // etcd removes no etcd member before all have been connected for five seconds.
    await eventually('the other etcd member is removed', () => etcd.remove(url, id).then(() => true), 20_000);
    await etcd.settle(url);

    kill(0);
    kill(1);
    await eventually(
      'the first etcd has exited',
      async () => (await runningDaemon(etcdPlace(layout, 0))) === undefined,
    );
    await start(0, 1);

    await untilHealthy(0);
    assert.deepEqual(
      (await etcd.list(url)).map(({ name }) => name),
      [etcdMemberName(0)],
    );
  });

  async function start(index: number, of: number): Promise<void> {
    await mkdir(layout.replica(index), { recursive: true });
    const binaries = await new Programs().of(KUBERNETES_VERSION);
    const command = etcdCommand({
      binaries,
      layout,
      ports,
      index,
      tls: await etcdMemberTls({ layout, pki }, index),
      initialCluster: initialCluster(ports, of),
    });
    const { pid } = await startDaemon({ ...etcdPlace(layout, index), command });
    running.set(index, pid);
  }

  function kill(index: number): void {
    const pid = running.get(index);
    running.delete(index);
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself, as an etcd member does when it is removed.
    }
  }

  function untilHealthy(index: number): Promise<true> {
    return eventually(
      `${etcdMemberName(index)} serves`,
      async () => (await etcd.isHealthy(clientUrl(portsAt(ports.replicas, index)))) || undefined,
      20_000,
    );
  }
});
