import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { type Goal, goalOf, isProblem, type PlanSources, planSnapshotOf } from './goal.ts';

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

function goal(of: Cluster, sources: PlanSources): Goal {
  const snapshot = planSnapshotOf(of, sources);
  assert.ok(!isProblem(snapshot), JSON.stringify(snapshot));
  const found = goalOf(of, snapshot);
  assert.ok(!isProblem(found), JSON.stringify(found));
  return found;
}

function reason(of: Cluster, sources: PlanSources): string | undefined {
  const snapshot = planSnapshotOf(of, sources);
  if (isProblem(snapshot)) return snapshot.reason;
  const found = goalOf(of, snapshot);
  return isProblem(found) ? found.reason : undefined;
}

const NOW = Date.parse('2026-06-01T00:00:00Z');
const noSources: PlanSources = { plan: undefined, releases: [], nowMs: NOW };

describe('a cluster has no goal with', () => {
  const cases: Record<string, { of: Cluster; sources: PlanSources; reason: string | undefined }> = {
    'a plan that does not exist': { of: cluster({ plan: 'small' }), sources: noSources, reason: 'PlanNotFound' },
    'a plan of another provider': {
      of: cluster({ plan: 'small' }),
      sources: { plan: plan({ provider: 'ClusterAPI' }), releases: [], nowMs: NOW },
      reason: 'PlanMismatch',
    },
    'no version anywhere': {
      of: cluster({ plan: 'small' }),
      sources: { plan: plan(), releases: [], nowMs: NOW },
      reason: 'VersionMissing',
    },
    'a channel without a release': {
      of: cluster({ plan: 'small' }),
      sources: { plan: plan({ channel: 'stable' }), releases: [release('v1.36.3', { channel: 'rapid' })], nowMs: NOW },
      reason: 'VersionMissing',
    },
    'a channel with only withdrawn releases': {
      of: cluster({ plan: 'small' }),
      sources: {
        plan: plan({ channel: 'stable' }),
        releases: [release('v1.36.3', { channel: 'stable', withdrawn: true })],
        nowMs: NOW,
      },
      reason: 'VersionMissing',
    },
    'no version, unless it is imported': {
      of: cluster({ type: 'Imported' }),
      sources: noSources,
      reason: undefined,
    },
  };
  for (const [what, { of, sources, reason: wanted }] of Object.entries(cases))
    test(what, () => assert.equal(reason(of, sources), wanted));
});

describe('the version', () => {
  const sources = {
    plan: plan({ version: '1.35.1', channel: 'stable' }),
    releases: [release('v1.36.3', { channel: 'stable' })],
    nowMs: NOW,
  };
  test('comes from the cluster first, then from its plan, and starts with v', () => {
    assert.equal(goal(cluster({ plan: 'small', version: '1.36.0' }), sources).version, 'v1.36.0');
    assert.equal(goal(cluster({ plan: 'small' }), sources).version, 'v1.35.1');
  });
  test('that a cluster already runs stays, whatever the plan says now', () => {
    assert.equal(goal(cluster({ plan: 'small' }, { version: 'v1.34.9' }), sources).version, 'v1.34.9');
  });
  test('is the newest release of the channel, compared by number', () => {
    const releases = ['v1.9.9', 'v1.36.10', 'v1.36.9', 'v1.37.0'].map((version) =>
      release(version, { channel: version === 'v1.37.0' ? 'rapid' : 'stable' }),
    );
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.10',
    );
  });
  test('skips a release of the channel whose support has ended', () => {
    const releases = [
      release('v1.36.1', { channel: 'stable' }),
      release('v1.36.9', { channel: 'stable', supportedUntil: '2026-05-31T00:00:00Z' }),
    ];
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.1',
    );
  });
  test('skips a release of the channel whose support has not started', () => {
    const releases = [
      release('v1.36.1', { channel: 'stable', supportedFrom: '2026-06-01T00:00:00Z' }),
      release('v1.36.9', { channel: 'stable', supportedFrom: '2026-06-01T00:00:01Z' }),
    ];
    assert.equal(
      goal(cluster({ plan: 'small' }), { plan: plan({ channel: 'stable' }), releases, nowMs: NOW }).version,
      'v1.36.1',
    );
  });
  test('skips a release of the channel that is for other providers', () => {
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

describe('the plan snapshot of a cluster', () => {
  const snapshot = { provider: 'Local', version: 'v1.35.1', controlPlane: { replicas: 3 } };
  test('stays when the plan changes', () => {
    const found = goal(cluster({ plan: 'small' }, { fromPlan: snapshot }), {
      plan: plan({ version: 'v1.36.3', controlPlane: { replicas: 1 } }),
      releases: [],
      nowMs: NOW,
    });
    assert.deepEqual([found.version, found.controlPlane.replicas], ['v1.35.1', 3]);
  });
  test('stays when the plan is deleted', () => {
    assert.equal(goal(cluster({ plan: 'small' }, { fromPlan: snapshot }), noSources).controlPlane.replicas, 3);
  });
});

describe('defaults', () => {
  const found = goal(cluster({ version: 'v1.36.3' }), noSources);
  test('apply to a cluster that sets nothing', () => {
    assert.deepEqual(
      [found.controlPlane, found.nodePools, found.clusterCIDR, found.serviceCIDR, found.dnsDomain, found.class],
      [{ replicas: 1, machineClass: undefined }, [], '192.168.0.0/16', '10.96.0.0/16', 'cluster.local', undefined],
    );
  });
  test('apply where a field is empty, as where it is missing', () => {
    const empty = goal(cluster({ version: 'v1.36.3', plan: 'small', clusterCIDR: '', dnsDomain: '' }), {
      plan: plan({ clusterCIDR: '10.1.0.0/16', dnsDomain: '' }),
      releases: [],
      nowMs: NOW,
    });
    assert.deepEqual([empty.clusterCIDR, empty.dnsDomain], ['10.1.0.0/16', 'cluster.local']);
  });
});

describe('the fields of a cluster and of its plan', () => {
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
  test('are merged pool by pool: labels by key, other fields where the cluster sets them', () => {
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
  test('treat zero replicas as set, not as missing', () => {
    const none = goal(cluster({ plan: 'small', nodePools: [{ name: 'general', replicas: 0 }] }), {
      plan: base,
      releases: [],
      nowMs: NOW,
    });
    assert.equal(none.nodePools[0]?.replicas, 0);
  });
  test('are merged by name for variables; the class of the cluster wins', () => {
    assert.deepEqual(found.variables, [
      { name: 'region', value: 'north' },
      { name: 'size', value: 2 },
    ]);
    assert.deepEqual(found.class, { name: 'mine' });
  });
});
