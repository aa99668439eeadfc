import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { goalOf, isProblem } from '../../clusters/providers/goal.ts';
import { type PreflightInput, preflight } from './preflight.ts';

const NOW_MS = Date.parse('2026-06-01T00:00:00Z');
const release = (version: string, spec: Partial<ClusterRelease['spec']> = {}): ClusterRelease => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: `rel-${version}` },
  spec: { version, ...spec },
});

function problems(spec: Partial<Cluster['spec']>, more: Partial<PreflightInput> = {}): ReturnType<typeof preflight> {
  const goal = goalOf(
    {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'cls-a' },
      spec: { tenantID: 'acme', type: 'Local', version: 'v1.36.3', ...spec },
    },
    undefined,
  );
  assert.ok(!isProblem(goal));
  return preflight({
    goal,
    plan: undefined,
    planName: 'small',
    releases: [],
    current: undefined,
    allowed: undefined,
    nowMs: NOW_MS,
    ...more,
  });
}

/** What stands in the way: its reason, and what the message must say; nothing when left out. */
interface Case {
  readonly spec?: Partial<Cluster['spec']>;
  readonly more?: Partial<PreflightInput>;
  readonly reason?: string;
  readonly says?: readonly string[];
}

function check(cases: Readonly<Record<string, Case>>): void {
  for (const [what, { spec = {}, more = {}, reason, says = [] }] of Object.entries(cases)) {
    test(`${what}: ${reason ?? 'no problem'}`, () => {
      const found = problems(spec, more);
      assert.deepEqual(
        found.map((each) => each.reason),
        reason === undefined ? [] : [reason],
        JSON.stringify(found),
      );
      for (const part of says) assert.ok(found[0]?.message.includes(part), `${found[0]?.message ?? ''} says ${part}`);
    });
  }
}

describe('the version of a new cluster', () => {
  const releases = [
    release('v1.35.1'),
    release('1.36.3', { withdrawn: true }),
    release('v1.36.4', { supportedUntil: '2026-05-31T23:59:59Z' }),
    release('v1.36.5', { supportedUntil: '2026-06-01T00:00:01Z' }),
  ];
  check({
    'any version, without releases': {},
    'an offered version': { spec: { version: '1.35.1' }, more: { releases } },
    'a version without a release': {
      spec: { version: 'v1.35.2' },
      more: { releases },
      reason: 'VersionNotOffered',
      // v1.36.4 is out of support.
      says: ['v1.35.2', 'offered: v1.35.1, v1.36.5'],
    },
    'a withdrawn version': { more: { releases }, reason: 'ReleaseWithdrawn', says: ['rel-1.36.3'] },
    'a version out of support': {
      spec: { version: 'v1.36.4' },
      more: { releases },
      reason: 'ReleaseUnsupported',
      says: ['2026-05-31T23:59:59Z'],
    },
    'a version that is supported for one more second': { spec: { version: 'v1.36.5' }, more: { releases } },
    'a version whose support starts in a second': {
      more: { releases: [release('v1.36.3', { supportedFrom: '2026-06-01T00:00:01Z' })] },
      reason: 'ReleaseNotYetSupported',
      says: ['rel-v1.36.3', '2026-06-01T00:00:01Z'],
    },
    'a version whose support starts now': {
      more: { releases: [release('v1.36.3', { supportedFrom: '2026-06-01T00:00:00Z' })] },
    },
    'a version whose release has an unreadable date': {
      more: { releases: [release('v1.36.3', { supportedUntil: '2026-06-30T23:59:60Z' })] },
      reason: 'ReleaseDateInvalid',
      says: ['rel-v1.36.3', 'supportedUntil', '2026-06-30T23:59:60Z'],
    },
    'a version whose release is withdrawn for another type only': {
      more: { releases: [release('v1.36.3', { providers: ['ClusterAPI'], withdrawn: true }), release('v1.36.3')] },
    },
    'a version that is offered for all types, but withdrawn for this one': {
      more: { releases: [release('v1.36.3'), release('v1.36.3', { providers: ['Local'], withdrawn: true })] },
      reason: 'ReleaseWithdrawn',
    },
    'a version that is offered for another type only': {
      more: { releases: [release('v1.36.3', { providers: ['ClusterAPI'] }), release('v1.35.1')] },
      reason: 'VersionNotOffered',
      says: ['Local', 'v1.35.1'],
    },
    'any version, if all releases are for another type': {
      more: { releases: [release('v1.35.1', { providers: ['ClusterAPI'] })] },
    },
    'a version that cluster-info allows': { more: { allowed: ['1.36.3'] } },
    'a version that cluster-info does not allow': {
      more: { allowed: ['1.34.0', '1.35.0'] },
      reason: 'VersionNotAllowed',
      says: ['v1.36.3', '1.34.0, 1.35.0'],
    },
    'any version, if cluster-info allows none': { more: { allowed: [] }, reason: 'VersionNotAllowed' },
  });
});

describe('an upgrade', () => {
  check({
    'to the next minor version': { more: { current: 'v1.35.9' } },
    'to a later patch': { more: { current: 'v1.36.0' } },
    'to the current version, although it was withdrawn meanwhile': {
      more: { current: 'v1.36.3', releases: [release('v1.36.3', { withdrawn: true })], allowed: [] },
    },
    'back by a patch version': { more: { current: 'v1.36.4' }, reason: 'Downgrade', says: ['v1.36.4', 'v1.36.3'] },
    'back by a minor version': { more: { current: 'v1.37.0' }, reason: 'Downgrade' },
    'back to a pre-release': { spec: { version: 'v1.36.3-rc.1' }, more: { current: 'v1.36.3' }, reason: 'Downgrade' },
    'that skips one minor version': {
      more: { current: 'v1.34.9' },
      reason: 'MinorSkipped',
      says: ['a minor version', 'v1.35'],
    },
    'that skips three minor versions': {
      more: { current: 'v1.32.0' },
      reason: 'MinorSkipped',
      says: ['3 minor version', 'v1.33'],
    },
    'to another major version': {
      spec: { version: 'v2.0.0' },
      more: { current: 'v1.36.3' },
      reason: 'MinorSkipped',
      says: ['from v1.36.3 to v2.0.0', 'major version'],
    },
    'that only the release of another type does not offer': {
      more: {
        current: 'v1.35.9',
        releases: [
          release('v1.35.9', { providers: ['ClusterAPI'], upgrades: [] }),
          release('v1.35.9', { upgrades: ['v1.36.3'] }),
          release('v1.36.3'),
        ],
      },
    },
    'that the release offers': {
      more: { current: '1.35.9', releases: [release('v1.35.9', { upgrades: ['1.36.3'] }), release('v1.36.3')] },
    },
    'that the release does not offer': {
      more: { current: 'v1.35.9', releases: [release('v1.35.9', { upgrades: ['v1.36.1'] }), release('v1.36.3')] },
      reason: 'UpgradeNotOffered',
      says: ['v1.36.1'],
    },
    'from a release that offers none': {
      more: { current: 'v1.35.9', releases: [release('v1.35.9', { upgrades: [] }), release('v1.36.3')] },
      reason: 'UpgradeNotOffered',
      says: ['none'],
    },
    'to a version that is not offered': {
      more: { current: 'v1.35.9', releases: [release('v1.35.9')] },
      reason: 'VersionNotOffered',
    },
  });
});

describe('sizes', () => {
  const plan = {
    provider: 'Local',
    controlPlane: { min: 3, max: 5 },
    nodePools: [{ name: 'a', min: 1, max: 3 }],
  } satisfies PreflightInput['plan'];
  check({
    'at the bounds of the plan': {
      spec: { controlPlane: { replicas: 5 }, nodePools: [{ name: 'a', replicas: 1 }] },
      more: { plan },
    },
    'too few control plane replicas': {
      spec: { controlPlane: { replicas: 1 } },
      more: { plan },
      reason: 'TooSmall',
      says: ['1 control plane replicas', 'ClusterPlan small', 'at least 3'],
    },
    'too many control plane replicas': {
      spec: { controlPlane: { replicas: 7 } },
      more: { plan },
      reason: 'TooBig',
      says: ['at most 5'],
    },
    'too many workers': {
      spec: { controlPlane: { replicas: 3 }, nodePools: [{ name: 'a', replicas: 4 }] },
      more: { plan },
      reason: 'TooBig',
      says: ['4 workers in pool a'],
    },
    'a pool that is not in the plan has no bounds': {
      spec: { controlPlane: { replicas: 3 }, nodePools: [{ name: 'b', replicas: 4 }] },
      more: { plan },
    },
  });
});

describe('networks', () => {
  check({
    'the same range twice': {
      spec: { clusterCIDR: '10.0.0.0/16', serviceCIDR: '10.0.0.0/16' },
      reason: 'CIDROverlap',
      says: ['10.0.0.0/16'],
    },
    'services within pods': { spec: { clusterCIDR: '10.0.0.0/8', serviceCIDR: '10.96.0.0/16' }, reason: 'CIDROverlap' },
    'pods within services': {
      spec: { clusterCIDR: '10.96.4.0/22', serviceCIDR: '10.96.0.0/16' },
      reason: 'CIDROverlap',
    },
    'adjacent ranges': { spec: { clusterCIDR: '10.0.0.0/16', serviceCIDR: '10.1.0.0/16' } },
    'IPv6 ranges that overlap': {
      spec: { clusterCIDR: 'fd00::/48', serviceCIDR: 'fd00:0:0:1::/112' },
      reason: 'CIDROverlap',
    },
    'IPv6 ranges that do not overlap': { spec: { clusterCIDR: 'fd00::/48', serviceCIDR: 'fd01::/112' } },
    'an IPv6 and an IPv4 range': { spec: { clusterCIDR: 'fd00::/48', serviceCIDR: '10.96.0.0/16' } },
    'a clusterCIDR that is no CIDR': {
      spec: { clusterCIDR: '10.0.0.0' },
      reason: 'CIDRInvalid',
      says: ['clusterCIDR 10.0.0.0'],
    },
    'a serviceCIDR that is no CIDR': { spec: { serviceCIDR: '10.0.0.0/33' }, reason: 'CIDRInvalid' },
    'as many nodes as fit': {
      spec: { clusterCIDR: '10.0.0.0/22', nodePools: [{ name: 'a', replicas: 3 }] },
    },
    'one node too many': {
      spec: { clusterCIDR: '10.0.0.0/22', nodePools: [{ name: 'a', replicas: 4 }] },
      reason: 'CIDRTooSmall',
      says: ['room for 4 nodes', '/24', '5 are requested'],
    },
    'a clusterCIDR smaller than the range of one node': {
      spec: { clusterCIDR: '10.0.0.0/25' },
      reason: 'CIDRTooSmall',
      says: ['room for 0 nodes'],
    },
    'the largest serviceCIDR that a kube-apiserver accepts': { spec: { serviceCIDR: '10.96.0.0/12' } },
    'a larger serviceCIDR': { spec: { serviceCIDR: '10.96.0.0/11' }, reason: 'CIDRTooBig', says: ['2^21', '/12'] },
    'a larger IPv6 serviceCIDR': {
      spec: { clusterCIDR: 'fd01::/48', serviceCIDR: 'fd00::/64' },
      reason: 'CIDRTooBig',
      says: ['/108'],
    },
    'eight services': { spec: { serviceCIDR: '10.96.0.0/29' } },
    'four services': { spec: { serviceCIDR: '10.96.0.0/30' }, reason: 'CIDRTooSmall', says: ['4 addresses'] },
  });
});

test('an imported cluster is not checked', () => {
  assert.deepEqual(
    problems(
      { type: 'Imported', version: 'v1.1.1', clusterCIDR: 'x', serviceCIDR: 'x' },
      { current: 'v1.36.3', allowed: [] },
    ),
    [],
  );
});

test('all problems are reported at once, the version first', () => {
  const found = problems({ clusterCIDR: '10.0.0.0/25', serviceCIDR: '10.0.0.0/30' }, { allowed: [] });
  assert.deepEqual(
    found.map(({ reason }) => reason),
    ['VersionNotAllowed', 'CIDROverlap', 'CIDRTooSmall', 'CIDRTooSmall'],
  );
});
