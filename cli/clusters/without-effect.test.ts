/** The list of what has no effect says what the providers themselves say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { CLUSTER_TYPES, type ClusterType } from '../../api/platform/fields.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import { importedProvider } from '../../clusters/providers/imported/provider.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import { hasEffect, refuseWithoutEffect, warningsOf } from './without-effect.ts';

const HEEDED: Readonly<Record<ClusterType, readonly string[]>> = {
  Local: localProvider({ directory: '/nowhere', authorization: undefined }).heeds,
  ClusterAPI: clusterAPIProvider({ authorization: undefined }).heeds,
  Imported: importedProvider({ list: () => [] }).heeds,
};
/** What commands set beside what the controller itself heeds. Names for the certificate are given at creation, and nobody creates what is imported. */
const SET: Readonly<Record<ClusterType, readonly (keyof Cluster['spec'])[]>> = {
  Local: ['version', 'controlPlane', 'nodePools', 'publicAlternativeNames'],
  ClusterAPI: ['version', 'controlPlane', 'nodePools', 'publicAlternativeNames'],
  Imported: ['version', 'controlPlane', 'nodePools', 'kubeconfigSecret', 'server'],
};
/** Whole, or a part of it. */
function isHeeded(type: ClusterType, field: string): boolean {
  return HEEDED[type].some((path) => path === field || path.startsWith(`${field}.`));
}

for (const type of CLUSTER_TYPES) {
  test(`what commands refuse to set in a cluster of type ${type} is what its provider ignores`, () => {
    for (const field of SET[type]) assert.equal(hasEffect(type, field), isHeeded(type, field), field);
  });
}

test('a field without effect is refused, another one is not', () => {
  assert.throws(() => refuseWithoutEffect('Local', { version: 'v1.36.3', nodePools: [] }), /--control-plane-replicas/);
  refuseWithoutEffect('ClusterAPI', { version: 'v1.36.3', nodePools: [] });
});

test('what the status calls ignored becomes a warning for each field', () => {
  const cluster: Cluster = {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name: 'dev' },
    spec: { tenantID: 'acme', type: 'Local' },
    status: { ignoredFields: ['spec.addons', 'spec.nodePools'] },
  };
  assert.deepEqual(
    warningsOf(cluster).map((line) => line.split(' ')[1]),
    ['spec.addons', 'spec.nodePools'],
  );
  assert.deepEqual(warningsOf({ ...cluster, status: {} }), []);
});
