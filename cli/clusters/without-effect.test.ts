/** The list of fields without effect agrees with the providers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { CLUSTER_TYPES, type ClusterType } from '../../api/platform/fields.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import { importedProvider } from '../../clusters/providers/imported/provider.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import { hasEffect, refuseWithoutEffect, warningsOf } from './without-effect.ts';

const USED: Readonly<Record<ClusterType, readonly string[]>> = {
  Local: localProvider({ directory: '/nowhere', authorization: undefined }).usedFields,
  ClusterAPI: clusterAPIProvider({ authorization: undefined }).usedFields,
  Imported: importedProvider({ list: () => [] }).usedFields,
};
/** Fields that commands set. An imported cluster is not created, so it gets no names for its certificate. */
const SET: Readonly<Record<ClusterType, readonly (keyof Cluster['spec'])[]>> = {
  Local: ['version', 'controlPlane', 'nodePools', 'publicAlternativeNames'],
  ClusterAPI: ['version', 'controlPlane', 'nodePools', 'publicAlternativeNames'],
  Imported: ['version', 'controlPlane', 'nodePools', 'kubeconfigSecret', 'server'],
};
/** Whether the provider uses the field or a part of it. */
function isHeeded(type: ClusterType, field: string): boolean {
  return USED[type].some((path) => path === field || path.startsWith(`${field}.`));
}

for (const type of CLUSTER_TYPES) {
  test(`commands refuse exactly the fields that the provider of type ${type} ignores`, () => {
    for (const field of SET[type]) assert.equal(hasEffect(type, field), isHeeded(type, field), field);
  });
}

test('refuses a field without effect, and no other', () => {
  assert.throws(() => refuseWithoutEffect('Local', { version: 'v1.36.3', nodePools: [] }), /--control-plane-replicas/);
  refuseWithoutEffect('ClusterAPI', { version: 'v1.36.3', nodePools: [] });
});

test('warns of each field that the status lists as ignored', () => {
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
