import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { isRelevant } from './cluster-changes.ts';

const condition = (
  type: string,
  status: 'True' | 'False',
): NonNullable<NonNullable<Cluster['status']>['conditions']>[number] => ({
  type,
  status,
  reason: 'R',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const cluster = (change: { metadata?: object; status?: Cluster['status'] } = {}): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name: 'dev', uid: 'u1', generation: 1, resourceVersion: '1', ...change.metadata },
  spec: { tenantID: 'acme', type: 'Local' },
  status: change.status ?? { conditions: [condition('Ready', 'True'), condition('Reachable', 'True')] },
});

describe('a change of a cluster is relevant', () => {
  const cases: Record<string, { readonly changed: Cluster; readonly is: boolean }> = {
    'when its spec changed': { changed: cluster({ metadata: { generation: 2 } }), is: true },
    'when it is being deleted': {
      changed: cluster({ metadata: { deletionTimestamp: '2026-01-02T00:00:00Z' } }),
      is: true,
    },
    'when it was created again under the same name': { changed: cluster({ metadata: { uid: 'u2' } }), is: true },
    'when its health changed': {
      changed: cluster({ status: { conditions: [condition('Ready', 'True'), condition('Reachable', 'False')] } }),
      is: true,
    },
    'but not when only our own status changed': {
      changed: cluster({
        metadata: { resourceVersion: '2' },
        status: { phase: 'Failed', conditions: [condition('Ready', 'False'), condition('Reachable', 'True')] },
      }),
      is: false,
    },
  };
  for (const [what, { changed, is }] of Object.entries(cases))
    test(what, () => assert.equal(isRelevant({ object: changed, old: cluster() }), is));
  test('when it is new', () => assert.equal(isRelevant({ object: cluster() }), true));
});
