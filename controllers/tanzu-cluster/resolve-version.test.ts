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
  readonly requested: string;
  readonly more?: Partial<VersionInput>;
  readonly is: string;
  readonly noted?: boolean;
}

const CASES: Record<string, Case> = {
  'a short version is the newest match, by number': { requested: 'v1.35', is: 'v1.35.10' },
  'a major version never matches a pre-release': { requested: 'v1', is: 'v1.35.10' },
  'a minor version that has only a pre-release is not found': { requested: 'v1.36', is: 'VersionNotFound' },
  'v1.3 is not v1.35': { requested: 'v1.3', is: 'VersionNotFound' },
  'a patch version is itself, with or without the v': { requested: '1.35.2', is: 'v1.35.2' },
  'a patch version is its newest build': { requested: 'v1.33.1', is: 'v1.33.1+vmware.1-fips-vkr.2' },
  'the name of a Tanzu release is that release': {
    requested: 'v1.33.1---vmware.1-fips-vkr.1',
    is: 'v1.33.1+vmware.1-fips-vkr.1',
  },
  'a pre-release is used when it is named in full': { requested: 'v1.36.0-rc.1', is: 'v1.36.0-rc.1' },
  'a build that is not there is the version that is, and it is said': {
    requested: 'v1.34.9---vmware.5-vkr.1',
    is: 'v1.34.9',
    noted: true,
  },
  'a build of a version that is not there is not found': { requested: 'v1.32.0---vmware.1', is: 'VersionNotFound' },
  'a version without an offered release is not found': { requested: 'v1.37', is: 'VersionNotFound' },
  'a point version, where nothing is offered, is itself': {
    requested: 'v1.37.2',
    more: { releases: [] },
    is: 'v1.37.2',
  },
  'a short version, where nothing is offered, is not found': {
    requested: 'v1.37',
    more: { releases: [] },
    is: 'VersionNotFound',
  },
  'a cluster keeps the version that fits, though there is a newer one': {
    requested: 'v1.35',
    more: { current: 'v1.35.2' },
    is: 'v1.35.2',
  },
  'a cluster keeps it, though it is not offered any more': {
    requested: 'v1.35',
    more: { current: 'v1.35.1' },
    is: 'v1.35.1',
  },
  'a cluster that asks for another one gets that': { requested: 'v1.35', more: { current: 'v1.34.9' }, is: 'v1.35.10' },
  'a withdrawn release is not used': {
    requested: 'v1.35',
    more: { releases: [release('v1.35.2', { withdrawn: true }), release('v1.35.1')] },
    is: 'v1.35.1',
  },
  'a release out of support is not used': {
    requested: 'v1.35',
    more: {
      releases: [release('v1.35.2', { supportedUntil: '2026-01-01T00:00:00Z' }), release('v1.35.1')],
      nowMs: Date.parse('2026-01-02T00:00:00Z'),
    },
    is: 'v1.35.1',
  },
  'a release whose support starts later is not used': {
    requested: 'v1.36',
    more: {
      releases: [release('v1.36.4', { supportedFrom: '2026-06-01T00:00:01Z' }), release('v1.36.3')],
      nowMs: Date.parse('2026-06-01T00:00:00Z'),
    },
    is: 'v1.36.3',
  },
  'a version is not found if the support of its only release starts later': {
    requested: 'v1.36',
    more: {
      releases: [release('v1.36.4', { supportedFrom: '2026-06-01T00:00:01Z' })],
      nowMs: Date.parse('2026-06-01T00:00:00Z'),
    },
    is: 'VersionNotFound',
  },
  'a release for another cluster type is not used': {
    requested: 'v1.35',
    more: { releases: [release('v1.35.2', { providers: ['Local'] }), release('v1.35.1')] },
    is: 'v1.35.1',
  },
  'a name that is no version is not found': { requested: 'latest', is: 'VersionNotFound' },
};

for (const [what, { requested, more = {}, is, noted = false }] of Object.entries(CASES)) {
  test(what, () => {
    const found: Resolved = resolveVersion(requested, {
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
