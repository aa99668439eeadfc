import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { clusterNameOf, isCreatedFrom, markOf, sourceKeysOf } from './source-mark.ts';

const source = (namespace: string, name: string, uid = 'u-1'): KubeObject => ({
  apiVersion: 'a/v1',
  kind: 'TanzuKubernetesCluster',
  metadata: { namespace, name, uid },
});
const spec: Cluster['spec'] = { tenantID: 'acme', type: 'Local' };
const marked = (of: KubeObject): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: clusterNameOf(of), ...markOf(of, spec) },
  spec,
});

test('the name is Namespace and name; long names stay distinct and valid', () => {
  assert.equal(clusterNameOf(source('team-blue', 'one')), 'team-blue-one');
  const long = ['1', '2'].map((end) => clusterNameOf(source('team-blue', `${'a'.repeat(70)}${end}`)));
  assert.equal(new Set(long).size, 2);
  for (const name of long) assert.match(name, /^[a-z0-9][a-z0-9.-]{61}[a-z0-9]$/);
});

test('a Cluster is recognized by the uid of its source, not by its name', () => {
  const cluster = marked(source('team-blue', 'one'));
  assert.equal(isCreatedFrom(cluster, source('team-blue', 'one')), true);
  assert.equal(isCreatedFrom(cluster, source('team-blue', 'one', 'u-2')), false);
  assert.equal(
    isCreatedFrom({ ...cluster, metadata: { name: cluster.metadata.name } }, source('team-blue', 'one', '')),
    false,
  );
});

test('a Cluster leads back to its source', () => {
  assert.deepEqual(sourceKeysOf(marked(source('team-blue', 'one')), 'TanzuKubernetesCluster'), ['team-blue/one']);
  assert.deepEqual(sourceKeysOf(marked(source('team-blue', 'one')), 'Cluster'), []);
});

test('another spec gives another mark', () => {
  const of = source('team-blue', 'one');
  assert.deepEqual(markOf(of, { ...spec }), markOf(of, spec));
  assert.notDeepEqual(markOf(of, { ...spec, version: 'v1.36.3' }), markOf(of, spec));
});
