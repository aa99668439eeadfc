/** The watch of Cluster API. The hub is a stub that serves Clusters in chosen versions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, Resource } from '../../api/object.ts';
import { untilAborted } from '../../runtime/abort.ts';
import type { Page } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { clusterAPIWatch, type WatchTools } from './cluster-api-watch.ts';

const log: Logger = { error() {}, info() {}, debug() {}, child: () => log };
const cluster = (name: string, labels: Record<string, string>): object => ({
  apiVersion: 'cluster.x-k8s.io/v1beta1',
  kind: 'Cluster',
  metadata: { name, namespace: 'clusters', uid: name, resourceVersion: '5', labels },
});

/** Sends the objects in one watch, then stays silent. */
function toolsOf(
  serves: readonly string[],
  objects: readonly object[],
): { readonly tools: WatchTools; readonly asked: string[] } {
  const asked: string[] = [];
  const client: WatchTools['client'] = {
    listWithVersion: <T extends KubeObject>({ version }: Resource<T>): Promise<Page<T>> => {
      asked.push(`list ${version}`);
      return serves.includes(version)
        ? Promise.resolve({ items: [], resourceVersion: '1' })
        : Promise.reject(new ApiError(404, 'NotFound', 'not found'));
    },
    async *watch({ version }, { labelSelector = '' }, { signal }) {
      asked.push(`watch ${version} ${labelSelector}`);
      yield* objects.map((object) => ({ type: 'ADDED', object }));
      yield {
        type: 'BOOKMARK',
        object: { metadata: { resourceVersion: '9', annotations: { 'k8s.io/initial-events-end': 'true' } } },
      };
      await untilAborted(signal);
    },
  };
  return { tools: { client, log }, asked };
}

describe('the watch of Cluster API', () => {
  test('uses the served version and queues the names of our clusters', async () => {
    const { tools, asked } = toolsOf(
      ['v1beta1'],
      [cluster('other-name', { 'platform.tkestack.io/cluster': 'dev' }), cluster('foreign', {})],
    );
    const watch = clusterAPIWatch(tools);
    const stop = new AbortController();
    const told: string[] = [];
    watch.onKeys((keys) => {
      told.push(...keys);
      if (told.length > 0) setImmediate(() => stop.abort());
    });
    await watch.run(stop.signal);
    assert.deepEqual(told, ['dev']);
    assert.deepEqual(asked, ['list v1beta2', 'list v1beta1', 'watch v1beta1 platform.tkestack.io/cluster']);
  });
  test('does not block a hub without Cluster API, and ends on abort', async () => {
    const { tools, asked } = toolsOf([], []);
    const watch = clusterAPIWatch(tools);
    await watch.synced;
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    await watch.run(stop.signal);
    assert.deepEqual(asked, ['list v1beta2', 'list v1beta1']);
  });
});
