import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '../../../runtime/errors.ts';
import { refusalOf } from './refusal.ts';

const PATH = 'PATCH /apis/cluster.x-k8s.io/v1beta2/namespaces/n/clusters/dev: ';
const WEBHOOK = 'admission webhook "default.cluster.cluster.x-k8s.io" denied the request: ';

describe('the error of a write', () => {
  const cases: Record<string, { readonly error: unknown; readonly wanted: string | undefined }> = {
    'from a webhook that refuses it': {
      error: new ApiError(422, 'Invalid', `${PATH}${WEBHOOK}version cannot be decreased`),
      wanted: 'RefusedByClusterAPI',
    },
    'from RBAC': {
      error: new ApiError(
        403,
        'Forbidden',
        `${PATH}clusters.cluster.x-k8s.io "dev" is forbidden: User "x" cannot patch`,
      ),
      wanted: 'Forbidden',
    },
    'from managers that are not running': {
      error: new ApiError(
        500,
        'InternalError',
        `${PATH}Internal error occurred: failed calling webhook "w": connection refused`,
      ),
      wanted: 'ClusterAPINotRunning',
    },
    'from an overloaded API server': {
      error: new ApiError(429, 'TooManyRequests', `${PATH}later`),
      wanted: undefined,
    },
    'without an answer': { error: new Error('socket hang up'), wanted: undefined },
  };
  for (const [name, { error, wanted }] of Object.entries(cases)) {
    test(name, () => {
      const refused = refusalOf(error, 'this');
      assert.equal(refused?.state === 'failed' ? refused.reason : undefined, wanted);
    });
  }

  test('keeps only the words of Cluster API', () => {
    const refused = refusalOf(new ApiError(422, 'Invalid', `${PATH}${WEBHOOK}version cannot be decreased`), 'this');
    assert.equal(refused?.message, 'Cluster API refuses this: version cannot be decreased');
  });
});
