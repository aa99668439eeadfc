/** How the changes of an informer become keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, Resource } from '../../api/object.ts';
import { silent } from '../../test/support/silent-log.ts';
import { Informer } from '../cache/informer.ts';
import type { WatchEvent } from '../client/client.ts';
import { watch, watchOwn } from './controller.ts';

interface Thing extends KubeObject {
  readonly owner: string;
}
const resource: Resource<Thing> = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
const event = (type: string, name: string, version: string, owner: string): WatchEvent => ({
  type,
  object: { apiVersion: 'test/v1', kind: 'Thing', metadata: { name, resourceVersion: version }, owner },
});
const COMPLETE: WatchEvent = {
  type: 'BOOKMARK',
  object: { metadata: { name: '', resourceVersion: '5', annotations: { 'k8s.io/initial-events-end': 'true' } } },
};

/** An informer of a stub that sends `events`, and stops after them. */
function informerOf(...events: WatchEvent[]): { informer: Informer<Thing>; run: () => Promise<void> } {
  const stop = new AbortController();
  const client = {
    async *watch(): AsyncGenerator<WatchEvent> {
      yield* events;
      stop.abort();
    },
    listWithVersion: () => assert.fail('not listed'),
  };
  const informer = new Informer({ resource, client, log: silent });
  return { informer, run: () => informer.start(stop.signal) };
}

test('an update requeues the previous and the current owner', async () => {
  const { informer, run } = informerOf(
    event('ADDED', 'a', '1', 'x'),
    COMPLETE,
    event('MODIFIED', 'a', '6', 'y'),
    event('DELETED', 'a', '7', 'z'),
  );
  const seen: string[][] = [];
  watch(informer, ({ owner }) => [owner]).onKeys((keys) => seen.push([...keys]));
  await run();
  assert.deepEqual(seen, [['x'], ['x', 'y'], ['y', 'z']]);
});

test('an object that maps to a key twice enqueues it once', async () => {
  const { informer, run } = informerOf(event('ADDED', 'a', '1', 'x'), COMPLETE, event('MODIFIED', 'a', '6', 'x'));
  const seen: string[][] = [];
  watch(informer, ({ owner }) => [owner]).onKeys((keys) => seen.push([...keys]));
  await run();
  assert.deepEqual(seen, [['x'], ['x']]);
});

test('allKeys returns the keys of all objects in the cache', async () => {
  const { informer, run } = informerOf(event('ADDED', 'a', '1', 'x'), event('ADDED', 'b', '2', 'y'), COMPLETE);
  const own = watchOwn(informer);
  const owners = watch(informer, ({ owner }) => [owner, 'all']);
  await run();
  await own.synced;
  assert.deepEqual([...own.allKeys()], ['a', 'b']);
  assert.deepEqual([...owners.allKeys()], ['x', 'all', 'y', 'all']);
});

test('fields that are never read are not cached', async () => {
  const raw = {
    apiVersion: 'test/v1',
    kind: 'Thing',
    owner: 'x',
    metadata: {
      name: 'a',
      resourceVersion: '1',
      managedFields: [{}],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
    },
  };
  const { informer, run } = informerOf({ type: 'ADDED', object: raw }, COMPLETE);
  await run();
  assert.deepEqual(informer.store.get('a')?.metadata, {
    name: 'a',
    resourceVersion: '1',
    annotations: { kept: 'yes' },
  });
});
