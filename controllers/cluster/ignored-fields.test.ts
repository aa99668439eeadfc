import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import type { PlanSnapshot } from '../../clusters/providers/goal.ts';
import { importedProvider } from '../../clusters/providers/imported/provider.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import { ignoredFields } from './ignored-fields.ts';

interface Case {
  readonly spec?: Partial<Cluster['spec']>;
  readonly plan?: PlanSnapshot;
  readonly usedFields: readonly string[];
  readonly ignored: readonly string[];
}

function check(cases: Readonly<Record<string, Case>>): void {
  for (const [what, { spec, plan, usedFields, ignored }] of Object.entries(cases)) {
    test(what, () =>
      assert.deepEqual(ignoredFields({ tenantID: 'acme', type: 'Local', ...spec }, usedFields, plan), ignored),
    );
  }
}

describe('of a cluster', () => {
  check({
    'fields that the controller uses are not listed': {
      spec: { displayName: 'A', paused: true, hooks: [], deletionProtection: true, finalizers: ['a'] },
      usedFields: [],
      ignored: [],
    },
    'fields that the provider uses are not listed': {
      spec: { version: 'v1.36.3', nodePools: [{ name: 'a' }] },
      usedFields: ['version', 'nodePools'],
      ignored: [],
    },
    'other fields are listed, sorted': {
      spec: { version: 'v1.36.3', kubeletExtraArgs: { a: 'b' }, etcd: { local: {} } },
      usedFields: ['version'],
      ignored: ['spec.etcd', 'spec.kubeletExtraArgs'],
    },
    'empty fields are not listed': {
      spec: {
        machines: [],
        etcd: null,
        networkType: '',
        hostnameAsNodename: false,
        apiServerExtraArgs: {},
        displayName: undefined,
      },
      usedFields: [],
      ignored: [],
    },
    'a true flag is listed': {
      spec: { hostnameAsNodename: true },
      usedFields: [],
      ignored: ['spec.hostnameAsNodename'],
    },
    'an unused part is listed beside a used one': {
      spec: { controlPlane: { replicas: 3, machineClass: 'big' } },
      usedFields: ['controlPlane.replicas'],
      ignored: ['spec.controlPlane.machineClass'],
    },
    'an empty part is not listed': {
      spec: { controlPlane: { replicas: 3, machineClass: '' } },
      usedFields: ['controlPlane.replicas'],
      ignored: [],
    },
    'a part of several list entries is listed once': {
      spec: {
        nodePools: [
          { name: 'a', labels: { a: 'b' } },
          { name: 'b', labels: { c: 'd' } },
        ],
      },
      usedFields: ['nodePools.name'],
      ignored: ['spec.nodePools.labels'],
    },
    'a field is listed although a used field starts with the same letters': {
      spec: { addons: [{ name: 'dns' }] },
      usedFields: ['add', 'addonsOf.name'],
      ignored: ['spec.addons'],
    },
  });
});

describe('of its plan', () => {
  const plan: PlanSnapshot = {
    provider: 'Local',
    description: 'A',
    version: 'v1.36.3',
    channel: 'stable',
    controlPlane: { replicas: 1, min: 1, max: 3, machineClass: 'm' },
    nodePools: [{ name: 'a', replicas: 1, min: 0, max: 2 }],
    storageClasses: ['fast'],
    addons: [{ name: 'dns' }],
    clusterClass: { name: 'quick' },
    variables: [{ name: 'a', value: 1 }],
    serviceCIDR: '10.96.0.0/16',
  };
  check({
    'unused fields are listed': {
      plan,
      usedFields: ['version', 'controlPlane.replicas', 'serviceCIDR'],
      ignored: [
        'plan.addons',
        'plan.clusterClass',
        'plan.controlPlane.machineClass',
        'plan.nodePools',
        'plan.storageClasses',
        'plan.variables',
      ],
    },
    'used fields with another name in a plan are not listed': {
      plan,
      usedFields: [
        'controlPlane',
        'nodePools.name',
        'nodePools.replicas',
        'serviceCIDR',
        'clusterAPI.class',
        'clusterAPI.variables',
      ],
      ignored: ['plan.addons', 'plan.storageClasses'],
    },
    'a cluster without a plan lists no field of one': { usedFields: [], ignored: [] },
  });
});

describe('the fields that a cluster of each type ignores', () => {
  const usedFields: Record<ClusterType, readonly string[]> = {
    Imported: importedProvider({ list: () => [] }).usedFields,
    Local: localProvider({ directory: '/nowhere', authorization: undefined }).usedFields,
    ClusterAPI: clusterAPIProvider({ authorization: undefined }).usedFields,
  };
  const everything: Partial<Cluster['spec']> = {
    version: 'v1.36.3',
    controlPlane: { replicas: 3, machineClass: 'm' },
    clusterCIDR: '10.0.0.0/16',
    serviceCIDR: '10.1.0.0/16',
    dnsDomain: 'a.local',
    publicAlternativeNames: ['a'],
    nodePools: [
      {
        name: 'a',
        class: 'c',
        replicas: 1,
        machineClass: 'm',
        labels: { a: 'b' },
        taints: [{ key: 'a', value: 'b', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }],
      },
    ],
    server: 'https://a',
    kubeconfigSecret: 'a',
    clusterCredentialRef: { name: 'a' },
    clusterAPI: { namespace: 'a', class: { name: 'a' }, variables: [{ name: 'a', value: 1 }] },
    addons: [{ name: 'a' }],
  };
  const of = (type: ClusterType): string[] =>
    ignoredFields({ tenantID: 'acme', type, ...everything }, usedFields[type]);
  test('Local', () => {
    assert.deepEqual(of('Local'), [
      'spec.addons',
      'spec.clusterAPI',
      'spec.clusterCIDR',
      'spec.clusterCredentialRef',
      'spec.controlPlane.machineClass',
      'spec.kubeconfigSecret',
      'spec.nodePools',
      'spec.server',
    ]);
  });
  test('ClusterAPI', () => {
    assert.deepEqual(of('ClusterAPI'), [
      'spec.addons',
      'spec.clusterCredentialRef',
      'spec.kubeconfigSecret',
      'spec.nodePools.taints.timeAdded',
      'spec.publicAlternativeNames',
      'spec.server',
    ]);
  });
  test('Imported', () => {
    assert.deepEqual(of('Imported'), [
      'spec.addons',
      'spec.clusterAPI',
      'spec.clusterCIDR',
      'spec.controlPlane',
      'spec.dnsDomain',
      'spec.nodePools',
      'spec.publicAlternativeNames',
      'spec.serviceCIDR',
      'spec.version',
    ]);
  });
});
