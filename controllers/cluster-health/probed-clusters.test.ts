import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { isProbed } from './probed-clusters.ts';

type LastAction = NonNullable<NonNullable<Cluster['status']>['lastAction']>;

function cluster(
  spec: Partial<Cluster['spec']>,
  action?: Pick<LastAction, 'type' | 'state'>,
  deletionTimestamp?: string,
): Cluster {
  return {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name: 'one', deletionTimestamp },
    spec: { tenantID: 'acme', type: 'Local', ...spec },
    ...(action === undefined
      ? {}
      : { status: { lastAction: { ...action, generation: 1, startedAt: '2026-01-01T00:00:00Z' } } }),
  };
}

describe('a cluster that', () => {
  const cases: readonly (readonly [sentence: string, cluster: Cluster, probed: boolean])[] = [
    ['is being created is not probed', cluster({}, { type: 'CREATE', state: 'in progress' }), false],
    ['could not be created is not probed', cluster({}, { type: 'CREATE', state: 'failed' }), false],
    ['is new is not probed', cluster({}), false],
    ['was created is probed', cluster({}, { type: 'CREATE', state: 'succeeded' }), true],
    ['is being upgraded is probed', cluster({}, { type: 'UPGRADE', state: 'in progress' }), true],
    ['failed to be resized is probed', cluster({}, { type: 'RESIZE', state: 'failed' }), true],
    ['is paused is probed', cluster({ paused: true }, { type: 'CREATE', state: 'succeeded' }), true],
    ['is imported is probed before its first step', cluster({ type: 'Imported', kubeconfigSecret: 'secret' }), true],
    [
      'is imported with a ClusterCredential is probed',
      cluster({ type: 'Imported', clusterCredentialRef: { name: 'credential' } }),
      true,
    ],
    ['is imported without a credential is not probed', cluster({ type: 'Imported' }), false],
    [
      'is being deleted is not probed',
      cluster(
        { type: 'Imported', kubeconfigSecret: 'secret' },
        { type: 'CREATE', state: 'succeeded' },
        '2026-01-01T00:00:00Z',
      ),
      false,
    ],
  ];
  for (const [sentence, given, probed] of cases) test(sentence, () => assert.equal(isProbed(given), probed));
});
