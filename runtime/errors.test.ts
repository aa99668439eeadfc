import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, isAlreadyExists, isConflict, isExpired, isNotFound, messageOf } from './errors.ts';

const PREDICATES = { isNotFound, isConflict, isAlreadyExists, isExpired };

const TABLE: Record<string, { error: unknown; is: (keyof typeof PREDICATES)[] }> = {
  'an object that is not there': { error: new ApiError(404, 'NotFound', ''), is: ['isNotFound'] },
  'an object that changed meanwhile': { error: new ApiError(409, 'Conflict', ''), is: ['isConflict'] },
  'an object that is there already is no conflict': {
    error: new ApiError(409, 'AlreadyExists', ''),
    is: ['isAlreadyExists'],
  },
  'a version that is too old, by its code': { error: new ApiError(410, '', ''), is: ['isExpired'] },
  'a version that is too old, by its reason': { error: new ApiError(500, 'Expired', ''), is: ['isExpired'] },
  'a refusal is none of them': { error: new ApiError(403, 'Forbidden', ''), is: [] },
  'an error of the network is none of them': { error: Object.assign(new Error('reset'), { status: 404 }), is: [] },
};
for (const [name, { error, is }] of Object.entries(TABLE)) {
  test(name, () => {
    assert.deepEqual(
      Object.entries(PREDICATES)
        .filter(([, holds]) => holds(error))
        .map(([key]) => key),
      is,
    );
  });
}

test('a message includes that of the cause', () => {
  assert.equal(
    messageOf(new Error('cannot read it', { cause: new Error('no such file') })),
    'cannot read it: no such file',
  );
  assert.equal(messageOf('a text'), 'a text');
});
