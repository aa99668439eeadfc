import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { ignoredFields } from './ignored-fields.ts';

const CASES: Record<string, { spec: Partial<Cluster['spec']>; heeds: readonly string[]; ignored: readonly string[] }> = {
  'what the controller heeds itself is not told': { spec: { displayName: 'A', paused: true, hooks: [], deletionProtection: true, finalizers: ['a'] }, heeds: [], ignored: [] },
  'what the provider heeds is not told': { spec: { version: 'v1.36.3', nodePools: [{ name: 'a' }] }, heeds: ['version', 'nodePools'], ignored: [] },
  'what nobody heeds is told, in order': { spec: { version: 'v1.36.3', kubeletExtraArgs: { a: 'b' }, etcd: { local: {} } }, heeds: ['version'], ignored: ['spec.etcd', 'spec.kubeletExtraArgs'] },
  'what says nothing is not told': { spec: { machines: [], etcd: null, networkType: '', hostnameAsNodename: false, apiServerExtraArgs: {}, displayName: undefined }, heeds: [], ignored: [] },
  'a true flag is told': { spec: { hostnameAsNodename: true }, heeds: [], ignored: ['spec.hostnameAsNodename'] },
};
for (const [what, { spec, heeds, ignored }] of Object.entries(CASES)) {
  test(what, () => assert.deepEqual(ignoredFields({ tenantID: 'acme', type: 'Local', ...spec }, heeds), ignored));
}
