import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Namespace } from '../../api/business/namespace.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { deletionBlockers } from './deletion-blockers.ts';

const cluster: Pick<Cluster, 'spec'> = { spec: { tenantID: 'acme', type: 'Local' } };
const inside = (tenantID: string, project: string): Namespace => ({
  apiVersion: 'business.tkestack.io/v1',
  kind: 'Namespace',
  metadata: { name: 'team', namespace: project },
  spec: { tenantID, clusterName: 'dev', namespace: 'team' },
});

describe('the deletion of a cluster waits for', () => {
  test('the Namespaces of its own tenant', () => {
    assert.deepEqual(deletionBlockers(cluster, [inside('acme', 'prj-a')]), [
      'Namespace prj-a/team of business.tkestack.io',
    ]);
  });
  test('nothing of another tenant, whose projects are not named either', () => {
    assert.deepEqual(deletionBlockers(cluster, [inside('umbrella', 'prj-secret')]), []);
    assert.deepEqual(deletionBlockers(cluster, [inside('umbrella', 'prj-secret'), inside('acme', 'prj-a')]), [
      'Namespace prj-a/team of business.tkestack.io',
    ]);
  });
  test('all Namespaces, without naming them, if its tenant is unknown', () => {
    assert.deepEqual(deletionBlockers(undefined, [inside('umbrella', 'prj-secret')]), [
      '1 namespaces of business.tkestack.io',
    ]);
    assert.deepEqual(deletionBlockers(undefined, []), []);
  });
});
