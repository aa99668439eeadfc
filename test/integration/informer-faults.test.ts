/**
 * Faults that only a watch itself can show, with an Informer with short limits on a real kube-apiserver: watches that
 * the server ends, a connection that dies silently, a reader that the server finds too slow, and a compacted history.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { KubeObject, Resource } from '../../api/object.ts';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';
import { Informer, type InformerOptions } from '../../runtime/cache/informer.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import type { Logger } from '../../runtime/log.ts';
import { compactEtcd } from '../support/compact-etcd.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

interface ConfigMap extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const NAMESPACE = 'default';

let directory: string;
let plane: ControlPlane;
let proxy: FaultProxy;
let client: Client;
const ends: (() => Promise<void>)[] = [];
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-informer-'));
  plane = await startControlPlane({ directory });
  client = createClient(() => loadKubeConfig(plane.kubeconfig), { fieldManager: 'test' });
  proxy = await FaultProxy.start(Number(new URL(plane.url).port));
});
// Also after a failure: an informer that is not stopped would retry indefinitely.
afterEach(async () => {
  proxy.heal();
  await Promise.all(ends.splice(0).map((end) => end()));
});
after(async () => {
  await client?.close();
  await proxy?.stop();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Followed {
  readonly informer: Informer<ConfigMap>;
  readonly logged: readonly string[];
  /** How many watches the server has accepted. */
  watches(): number;
}

/** Starts an Informer that connects through the proxy, and waits until it has synced. */
async function follow(options: Pick<InformerOptions<ConfigMap>, 'stallMs' | 'watchSeconds'>): Promise<Followed> {
  const logged: string[] = [];
  const note = (message: string, pairs: object = {}): void => void logged.push(`${message} ${JSON.stringify(pairs)}`);
  const log: Logger = { debug() {}, info: note, error: note, child: () => log };
  let watches = 0;
  const through = createClient(() => throughProxy(), {
    fieldManager: 'test',
    observe: (method, code) => void (watches += method === 'WATCH' && code === 200 ? 1 : 0),
  });
  const informer = new Informer({ resource: CONFIG_MAPS, client: through, log, namespace: NAMESPACE, ...options });
  const stop = new AbortController();
  const running = informer.start(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
    await through.close();
  });
  await informer.synced;
  return { informer, logged, watches: () => watches };
}

function throughProxy(): ReturnType<typeof loadKubeConfig> {
  const config = loadKubeConfig(plane.kubeconfig);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${proxy.port}` }));
  return config;
}

let made = 0;

/** Creates, changes and deletes objects. Some remain. */
async function change(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const nth = made++;
    await client.create(CONFIG_MAPS, configMap(`cm-${nth}`, 'first'));
    if (nth > 0)
      await client.patch(
        CONFIG_MAPS,
        { namespace: NAMESPACE, name: `cm-${nth}` },
        { type: 'merge', body: { data: { text: 'second' } } },
      );
    if (nth > 1) await client.delete(CONFIG_MAPS, { namespace: NAMESPACE, name: `cm-${nth - 1}` });
  }
}

function configMap(name: string, text: string): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data: { text } };
}

async function untilEqual({ informer }: Followed): Promise<void> {
  await eventually('the cache equals the state of the server', async () => {
    const present = await client.list(CONFIG_MAPS, { namespace: NAMESPACE });
    return versionsOf(present) === versionsOf(informer.store.list());
  });
}

const versionsOf = (objects: readonly ConfigMap[]): string =>
  objects
    .map(({ metadata: { name, resourceVersion } }) => `${name} ${resourceVersion}`)
    .toSorted()
    .join('\n');

describe('the cache misses nothing when', () => {
  test('the server ends one watch after the other, and watches resume without a relist', async () => {
    const followed = await follow({ watchSeconds: 1 });
    while (followed.watches() < 4) await change(1);
    await untilEqual(followed);
    assert.equal(followed.informer.relists, 1);
    assert.deepEqual(followed.logged, [], 'the end of a watch is not logged as a failure');
  });

  test('a connection dies silently: the age of the last event grows, and the watch is opened again after stallMs', async () => {
    const stallMs = 1_500;
    const followed = await follow({ stallMs });
    proxy.forget();
    await change(3);
    await eventually('the age of the last event grows', () =>
      Promise.resolve(followed.informer.lastEventAgeMs() > stallMs / 2),
    );
    await untilEqual(followed);
    assert.ok(
      followed.logged.some((line) => line.includes(`nothing received for ${stallMs} ms`)),
      followed.logged.join(),
    );
    assert.equal(followed.informer.relists, 1, 'the watch resumed without a relist');
  });

  test('every connection to the server is dead for a while, during which the cache is not current', async () => {
    const followed = await follow({ stallMs: 500 });
    proxy.silence();
    await change(3);
    await eventually('the cache is not current', () => Promise.resolve(!followed.informer.isCurrent));
    proxy.heal();
    await untilEqual(followed);
    await eventually('the cache is current again', () => Promise.resolve(followed.informer.isCurrent));
  });

  test('the server drops a watch that reads more slowly than objects change', async () => {
    const followed = await follow({});
    const dropped = await droppedWatchers();
    proxy.slow(1_000);
    // More data than all buffers on the way can hold, within seconds.
    const names = Array.from({ length: 8 }, (_, i) => `cm-large-${i}`);
    await Promise.all(names.map((name) => client.create(CONFIG_MAPS, configMap(name, ''))));
    for (let i = 0; i < 20 && (await droppedWatchers()) === dropped; i++) {
      const body = { data: { text: `${i} ${LARGE}` } };
      await Promise.all(
        names.map((name) => client.patch(CONFIG_MAPS, { namespace: NAMESPACE, name }, { type: 'merge', body })),
      );
    }
    assert.ok((await droppedWatchers()) > dropped, 'the server has dropped a slow watch');
    await Promise.all(names.map((name) => client.delete(CONFIG_MAPS, { namespace: NAMESPACE, name })));
    proxy.heal();
    await untilEqual(followed);
  });

  test('the resource version to resume from is compacted (410), and the informer lists again', async () => {
    const followed = await follow({});
    proxy.cut();
    await change(10);
    const { resourceVersion } = await client.listWithVersion(CONFIG_MAPS, { namespace: NAMESPACE });
    const answer = await compactEtcd(plane.etcdUrl, resourceVersion);
    assert.ok(answer.ok, await answer.text());
    // The watch cache of a restarted kube-apiserver has nothing from before the compaction.
    await plane.restart('kube-apiserver', 'SIGKILL');
    await change(1);
    proxy.heal();
    await untilEqual(followed);
    assert.ok(
      followed.logged.some((line) => line.startsWith('version expired')),
      followed.logged.join(),
    );
    assert.equal(followed.informer.relists, 2);
  });
});

const LARGE = 'x'.repeat(900_000);

async function droppedWatchers(): Promise<number> {
  const { stdout } = await plane.kubectl(['get', '--raw', '/metrics']);
  const values = [
    ...stdout.matchAll(/^apiserver_terminated_watchers_total\{[^}]*resource="configmaps"[^}]*\} (\d+)$/gm),
  ];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
