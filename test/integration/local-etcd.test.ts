/** What a Local cluster needs of a real etcd when members leave. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createAuthority, generateSigningKey } from '../../clusters/controlplane/certificates.ts';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { clientUrl, etcdCommand, memberName, peerUrl } from '../../clusters/providers/local/commands.ts';
import { runningDaemon, startDaemon } from '../../clusters/providers/local/daemon.ts';
import type { EtcdClient } from '../../clusters/providers/local/etcd.ts';
import { type Layout, layoutOf, type Ports, portsAt, portsOf } from '../../clusters/providers/local/layout.ts';
import { etcdClient, etcdTls, programsOf, writeKeys } from '../../clusters/providers/local/machine.ts';
import type { Pki } from '../../clusters/providers/local/pki.ts';
import { eventually } from '../support/rules.ts';

const initialCluster = ({ members }: Ports, count: number): string =>
  members
    .slice(0, count)
    .map((own, index) => `${memberName(index)}=${peerUrl(own)}`)
    .join(',');

describe('a member of etcd', () => {
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
    const machine = { layout, pki, ports, caFile: path.join(layout.pki, 'ca.crt') };
    await mkdir(layout.pki, { recursive: true });
    await writeKeys(machine);
    etcd = await etcdClient(machine);
  });

  after(async () => {
    for (const index of running.keys()) kill(index);
    await rm(directory, { recursive: true, force: true });
  });

  test('that stays alone serves again, though killed in the moment in which the other was removed', {
    timeout: 120_000,
  }, async () => {
    const url = clientUrl(portsAt(ports.members, 0));
    await start(0, 1);
    await untilHealthy(0);
    await etcd.addLearner(url, peerUrl(portsAt(ports.members, 1)));
    await start(1, 2);
    const { ID: id } = await eventually(
      'the other is there',
      async () => (await etcd.list(url)).find(({ name }) => name === memberName(1)),
      20_000,
    );
    await eventually('the other votes', () => etcd.promote(url, id).then(() => true), 20_000);
    // etcd lets nobody go before all are known to each other for five seconds.
    await eventually('the other is removed', () => etcd.remove(url, id).then(() => true), 20_000);
    await etcd.settle(url);

    kill(0);
    kill(1);
    await eventually(
      'it has ended',
      async () => (await runningDaemon({ directory: layout.member(0), name: 'etcd' })) === undefined,
    );
    await start(0, 1);

    await untilHealthy(0);
    assert.deepEqual(
      (await etcd.list(url)).map(({ name }) => name),
      [memberName(0)],
    );
  });

  async function start(index: number, of: number): Promise<void> {
    await mkdir(layout.member(index), { recursive: true });
    const binaries = await programsOf(KUBERNETES_VERSION);
    const command = etcdCommand({
      binaries,
      layout,
      ports: ports.members,
      index,
      tls: await etcdTls({ layout, pki }, index),
      initialCluster: initialCluster(ports, of),
    });
    const { pid } = await startDaemon({ directory: layout.member(index), name: 'etcd', command });
    running.set(index, pid);
  }

  function kill(index: number): void {
    const pid = running.get(index);
    running.delete(index);
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself: etcd does when it was removed.
    }
  }

  function untilHealthy(index: number): Promise<true> {
    return eventually(
      `etcd of ${memberName(index)} serves`,
      async () => (await etcd.isHealthy(clientUrl(portsAt(ports.members, index)))) || undefined,
      20_000,
    );
  }
});
