import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { isOffered, releaseProblem } from './offered-release.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const BEFORE = '2026-05-31T23:59:59Z';
const AFTER = '2026-06-01T00:00:01Z';
/** The API server accepts this time; JavaScript cannot parse it. */
const LEAP_SECOND = '2026-06-30T23:59:60Z';

const release = (spec: Partial<ClusterRelease['spec']>): ClusterRelease => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: 'v1.36.3' },
  spec: { version: 'v1.36.3', ...spec },
});

const CASES: Record<string, { readonly spec: Partial<ClusterRelease['spec']>; readonly reason?: string }> = {
  'a release without dates is offered': { spec: {} },
  'a release within its dates is offered': { spec: { supportedFrom: BEFORE, supportedUntil: AFTER } },
  'a release is offered from the first moment of its support': { spec: { supportedFrom: '2026-06-01T00:00:00Z' } },
  'a withdrawn release is not offered': { spec: { withdrawn: true }, reason: 'ReleaseWithdrawn' },
  'a release is not offered before its support starts': {
    spec: { supportedFrom: AFTER },
    reason: 'ReleaseNotYetSupported',
  },
  'a release is not offered from the moment its support ends': {
    spec: { supportedUntil: '2026-06-01T00:00:00Z' },
    reason: 'ReleaseUnsupported',
  },
  'a release with an unreadable start is not offered': {
    spec: { supportedFrom: LEAP_SECOND },
    reason: 'ReleaseDateInvalid',
  },
  'a release with an unreadable end is not offered': {
    spec: { supportedUntil: LEAP_SECOND },
    reason: 'ReleaseDateInvalid',
  },
};

describe('an offered release', () => {
  for (const [title, { spec, reason }] of Object.entries(CASES)) {
    test(title, () => {
      assert.equal(releaseProblem(release(spec), NOW)?.reason, reason);
      assert.equal(isOffered(release(spec), 'Local', NOW), reason === undefined);
    });
  }

  test('is offered only to the cluster types that it names', () => {
    const forLocal = release({ providers: ['Local'] });
    assert.deepEqual([isOffered(forLocal, 'Local', NOW), isOffered(forLocal, 'ClusterAPI', NOW)], [true, false]);
  });

  test('the message names the field and the value that cannot be read', () => {
    const { message = '' } = releaseProblem(release({ supportedUntil: LEAP_SECOND }), NOW) ?? {};
    assert.ok(message.includes('supportedUntil') && message.includes(LEAP_SECOND), message);
  });
});
