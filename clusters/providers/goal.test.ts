import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { type Goal, goalOf, isProblem, keptOf, type Offer } from './goal.ts';

const cluster = (spec: Partial<Cluster['spec']> = {}, status?: ClusterStatus): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'cls-a', uid: 'u-1', generation: 1 },
  spec: { tenantID: 'acme', type: 'Local', ...spec },
  ...(status === undefined ? {} : { status }),
});
const plan = (spec: Partial<ClusterPlan['spec']> = {}): ClusterPlan => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterPlan',
  metadata: { name: 'small' },
  spec: { provider: 'Local', ...spec },
});
const release = (version: string, spec: Partial<ClusterRelease['spec']> = {}): ClusterRelease => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: version },
  spec: { version, ...spec },
});

function goal(of: Cluster, offer: Offer): Goal {
  const kept = keptOf(of, offer);
  assert.ok(!isProblem(kept), JSON.stringify(kept));
  const found = goalOf(of, kept);
  assert.ok(!isProblem(found), JSON.stringify(found));
  return found;
}

function reason(of: Cluster, offer: Offer): string | undefined {
  const kept = keptOf(of, offer);
  if (isProblem(kept)) return kept.reason;
  const found = goalOf(of, kept);
  return isProblem(found) ? found.reason : undefined;
}

const NOW = Date.parse('2026-06-01T00:00:00Z');
const nothing: Offer = { plan: undefined, releases: [], nowMs: NOW };

describe('why there is no goal', () => {
  const cases: Record<string, { of: Cluster; offer: Offer; reason: string | undefined }> = {
    'a plan that does not exist': { of: cluster({ plan: 'small' }), offer: nothing, reason: 'PlanNotFound' },
    'a plan of another provider': {
      of: cluster({ plan: 'small' }),
      offer: { plan: plan({ provider: 'ClusterAPI' }), releases: [], nowMs: NOW },
      reason: 'PlanMismatch',
    },
    'no version anywhere': {
      of: cluster({ plan: 'small' }),
      offer: { plan: plan(), releases: [], nowMs: NOW },
      reason: 'VersionMissing',
    },
    'a channel without a release': {
      of: cluster({ plan: 'small' }),
      offer: { plan: plan({ channel: 'stable' }), releases: [release('v1.36.3', { channel: 'rapid' })], nowMs: NOW },
      reason: 'VersionMissing',
    },
    'a channel with withdrawn releases alone': {
      of: cluster({ plan: 'small' }),
      offer: {
        plan: plan({ channel: 'stable' }),
        releases: [release('v1.36.3', { channel: 'stable', withdrawn: true })],
        nowMs: NOW,
      },
      reason: 'VersionMissing',
    },
    'none: an imported cluster needs no version': {
      of: cluster({ type: 'Imported' }),
      offer: nothing,
      reason: undefined,
    },
  };
  for (const [what, { of, offer, reason: wanted }] of Object.entries(cases))
    test(what, () => assert.equal(reason(of, offer), wanted));
});

describe('the version', () => {
  const offer = {
    plan: plan({ version: '1.35.1', channel: 'stable' }),
    releases: [release('v1.36.3', { channel: 'stable' })],
    nowMs: NOW,
  };
  test('is that of the cluster before that of the plan, and has its v', () => {
    assert.equal(goal(cluster({ plan: 'small', version: '1.36.0' }), offer).version, 'v1.36.0');
    assert.equal(goal(cluster({ plan: 'small' }), offer).version, 'v1.35.1');
  });
  test('of a cluster that has one already is that, whatever the plan says now', () => {
    assert.equal(goal(cluster({ plan: 'small' }, { version: 'v1.34.9' }), offer).version, 'v1.34.9');
  });
  test('of a channel is its newest release, by number', () => {
    const releases = ['v1.9.9', 'v1.36.10', 'v1.36.9', 'v1.37.0'].map((version) =>
      release(version, { channel: version === 'v1.37.0' ? 'rapid' : 'stable' }),
    );
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.10',
    );
  });
  test('of a channel is one that is still supported', () => {
    const releases = [
      release('v1.36.1', { channel: 'stable' }),
      release('v1.36.9', { channel: 'stable', supportedUntil: '2026-05-31T00:00:00Z' }),
    ];
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.1',
    );
  });
  test('of a channel is one that is supported already', () => {
    const releases = [
      release('v1.36.1', { channel: 'stable', supportedFrom: '2026-06-01T00:00:00Z' }),
      release('v1.36.9', { channel: 'stable', supportedFrom: '2026-06-01T00:00:01Z' }),
    ];
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.1',
    );
  });
  test('of a channel is one that the provider can make', () => {
    const releases = [
      release('v1.36.1', { channel: 'stable' }),
      release('v1.36.9', { channel: 'stable', providers: ['ClusterAPI'] }),
    ];
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.1',
    );
  });
});

describe('what a cluster was created with', () => {
  const kept = { provider: 'Local', version: 'v1.35.1', controlPlane: { replicas: 3 } };
  test('stays when the plan changes', () => {
    const found = goal(cluster({ plan: 'small' }, { fromPlan: kept }), {
      plan: plan({ version: 'v1.36.3', controlPlane: { replicas: 1 } }),
      releases: [],
      nowMs: NOW,
    });
    assert.deepEqual([found.version, found.controlPlane.replicas], ['v1.35.1', 3]);
  });
  test('stays when the plan is gone', () => {
    assert.equal(goal(cluster({ plan: 'small' }, { fromPlan: kept }), nothing).controlPlane.replicas, 3);
  });
});

describe('defaults', () => {
  const found = goal(cluster({ version: 'v1.36.3' }), nothing);
  test('are those of a cluster that says nothing', () => {
    assert.deepEqual(
      [found.controlPlane, found.nodePools, found.clusterCIDR, found.serviceCIDR, found.dnsDomain, found.class],
      [{ replicas: 1, machineClass: undefined }, [], '192.168.0.0/16', '10.96.0.0/16', 'cluster.local', undefined],
    );
  });
  test('an empty text says nothing', () => {
    const empty = goal(cluster({ version: 'v1.36.3', plan: 'small', clusterCIDR: '', dnsDomain: '' }), {
      plan: plan({ clusterCIDR: '10.1.0.0/16', dnsDomain: '' }),
      releases: [],
      nowMs: NOW,
    });
    assert.deepEqual([empty.clusterCIDR, empty.dnsDomain], ['10.1.0.0/16', 'cluster.local']);
  });
});

describe('what the cluster says beside its plan', () => {
  const base = plan({
    version: 'v1.36.3',
    nodePools: [
      {
        name: 'general',
        class: 'default-worker',
        replicas: 2,
        machineClass: 'm',
        labels: { a: 'plan', b: 'plan' },
        taints: [{ key: 't', effect: 'NoSchedule' }],
      },
      { name: 'other', replicas: 1 },
    ],
    variables: [
      { name: 'region', value: 'north' },
      { name: 'size', value: 1 },
    ],
    clusterClass: { name: 'standard' },
  });
  const found = goal(
    cluster({
      plan: 'small',
      nodePools: [
        { name: 'general', replicas: 5, labels: { b: 'own' } },
        { name: 'extra', replicas: 1, class: 'gpu' },
      ],
      clusterAPI: { class: { name: 'mine' }, variables: [{ name: 'size', value: 2 }] },
    }),
    { plan: base, releases: [], nowMs: NOW },
  );
  test('pools are joined by name: labels by key, other fields where they are given', () => {
    assert.deepEqual(found.nodePools, [
      {
        name: 'general',
        class: 'default-worker',
        replicas: 5,
        machineClass: 'm',
        labels: { a: 'plan', b: 'own' },
        taints: [{ key: 't', effect: 'NoSchedule' }],
      },
      { name: 'other', class: undefined, replicas: 1, machineClass: undefined, labels: {}, taints: [] },
      { name: 'extra', class: 'gpu', replicas: 1, machineClass: undefined, labels: {}, taints: [] },
    ]);
  });
  test('no workers are asked for with zero, which is not nothing', () => {
    const none = goal(cluster({ plan: 'small', nodePools: [{ name: 'general', replicas: 0 }] }), {
      plan: base,
      releases: [],
      nowMs: NOW,
    });
    assert.equal(none.nodePools[0]?.replicas, 0);
  });
  test('variables are joined by name, the class is its own', () => {
    assert.deepEqual(found.variables, [
      { name: 'region', value: 'north' },
      { name: 'size', value: 2 },
    ]);
    assert.deepEqual(found.class, { name: 'mine' });
  });
});
