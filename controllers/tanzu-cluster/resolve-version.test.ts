import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { type Resolved, resolveVersion, type VersionInput } from './resolve-version.ts';

const release = (version: string, spec: Partial<ClusterRelease['spec']> = {}): ClusterRelease => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: version.replace('+', '---') },
  spec: { version, ...spec },
});
const OFFERED = [
  'v1.34.9',
  '1.35.2',
  'v1.35.10',
  'v1.36.0-rc.1',
  'v1.33.1+vmware.1-fips-vkr.2',
  'v1.33.1+vmware.1-fips-vkr.1',
].map((version) => release(version));

interface Case {
  readonly asked: string;
  readonly more?: Partial<VersionInput>;
  readonly is: string;
  readonly noted?: boolean;
}

const CASES: Record<string, Case> = {
  'a short version is the newest that fits, by number': { asked: 'v1.35', is: 'v1.35.10' },
  'the shortest one is never a pre-release': { asked: 'v1', is: 'v1.35.10' },
  'a minor version with a pre-release alone is not offered': { asked: 'v1.36', is: 'VersionNotFound' },
  'v1.3 is not v1.35': { asked: 'v1.3', is: 'VersionNotFound' },
  'a point version is itself, with or without its v': { asked: '1.35.2', is: 'v1.35.2' },
  'a point version is the newest build of it': { asked: 'v1.33.1', is: 'v1.33.1+vmware.1-fips-vkr.2' },
  'the name of a Tanzu release is that release': {
    asked: 'v1.33.1---vmware.1-fips-vkr.1',
    is: 'v1.33.1+vmware.1-fips-vkr.1',
  },
  'a pre-release is taken when it is named': { asked: 'v1.36.0-rc.1', is: 'v1.36.0-rc.1' },
  'a build that is not there is the version that is, and it is said': {
    asked: 'v1.34.9---vmware.5-vkr.1',
    is: 'v1.34.9',
    noted: true,
  },
  'a build of a version that is not there is not found': { asked: 'v1.32.0---vmware.1', is: 'VersionNotFound' },
  'a version that nobody offers is not found': { asked: 'v1.37', is: 'VersionNotFound' },
  'a point version, where nothing is offered, is itself': { asked: 'v1.37.2', more: { releases: [] }, is: 'v1.37.2' },
  'a short version, where nothing is offered, is not found': {
    asked: 'v1.37',
    more: { releases: [] },
    is: 'VersionNotFound',
  },
  'a cluster keeps the version that fits, though there is a newer one': {
    asked: 'v1.35',
    more: { current: 'v1.35.2' },
    is: 'v1.35.2',
  },
  'a cluster keeps it, though it is not offered any more': {
    asked: 'v1.35',
    more: { current: 'v1.35.1' },
    is: 'v1.35.1',
  },
  'a cluster that asks for another one gets that': { asked: 'v1.35', more: { current: 'v1.34.9' }, is: 'v1.35.10' },
  'what is withdrawn is not taken': {
    asked: 'v1.35',
    more: { releases: [release('v1.35.2', { withdrawn: true }), release('v1.35.1')] },
    is: 'v1.35.1',
  },
  'nor what is supported no longer': {
    asked: 'v1.35',
    more: {
      releases: [release('v1.35.2', { supportedUntil: '2026-01-01T00:00:00Z' }), release('v1.35.1')],
      nowMs: Date.parse('2026-01-02T00:00:00Z'),
    },
    is: 'v1.35.1',
  },
  'a release whose support lies in the future is not taken': {
    asked: 'v1.36',
    more: {
      releases: [release('v1.36.4', { supportedFrom: '2026-06-01T00:00:01Z' }), release('v1.36.3')],
      nowMs: Date.parse('2026-06-01T00:00:00Z'),
    },
    is: 'v1.36.3',
  },
  'a version is not found when the support of its only release lies in the future': {
    asked: 'v1.36',
    more: {
      releases: [release('v1.36.4', { supportedFrom: '2026-06-01T00:00:01Z' })],
      nowMs: Date.parse('2026-06-01T00:00:00Z'),
    },
    is: 'VersionNotFound',
  },
  'nor what another provider makes': {
    asked: 'v1.35',
    more: { releases: [release('v1.35.2', { providers: ['Local'] }), release('v1.35.1')] },
    is: 'v1.35.1',
  },
  'what is no version is not found': { asked: 'latest', is: 'VersionNotFound' },
};

for (const [what, { asked, more = {}, is, noted = false }] of Object.entries(CASES)) {
  test(what, () => {
    const found: Resolved = resolveVersion(asked, {
      releases: OFFERED,
      type: 'ClusterAPI',
      current: undefined,
      nowMs: 0,
      ...more,
    });
    assert.equal('reason' in found ? found.reason : found.version, is);
    assert.equal('note' in found, noted);
  });
}
