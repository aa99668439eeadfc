import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Patch } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { applyStatus } from './apply-status.ts';
import type { Condition } from './conditions.ts';

type Thing = KubeObject & { readonly status?: object };
const resource: Resource<Thing> = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
const condition = (type: string, status: Condition['status'] = 'True'): Condition => ({
  type,
  status,
  reason: 'R',
  message: 'm',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const isOwn = (type: string): boolean => type !== 'Healthy';

/** What is sent for a status that is known and one that is wanted; the client is a stub. */
async function sent(
  known: object | undefined,
  fields: object,
  { of = resource, fails }: { of?: Resource<Thing>; fails?: Error } = {},
): Promise<Patch | undefined> {
  const patches: Patch[] = [];
  const client = {
    patch: <T extends KubeObject>(_: Resource<T>, __: ObjectRef, patch: Patch): Promise<T> => {
      patches.push(patch);
      return fails === undefined ? Promise.resolve({} as T) : Promise.reject(fails);
    },
  };
  const metadata = { name: 'a', uid: 'u-1', resourceVersion: '7', ...(of.namespaced ? { namespace: 'ns' } : {}) };
  await applyStatus(
    client,
    of,
    { apiVersion: 'test/v1', kind: 'Thing', metadata, ...(known === undefined ? {} : { status: known }) },
    { fields, isOwn },
  );
  assert.ok(patches.length <= 1);
  return patches[0];
}

describe('nothing is written', () => {
  const cases: Record<string, readonly [known: object, wanted: object]> = {
    'if everything is equal': [
      { phase: 'Running', conditions: [condition('Ready')] },
      { conditions: [condition('Ready')], phase: 'Running' },
    ],
    'for another order of conditions': [
      { conditions: [condition('B'), condition('A')] },
      { conditions: [condition('A'), condition('B')] },
    ],
    'for conditions and fields of others': [
      { mine: 1, theirs: 2, conditions: [condition('Ready'), condition('Healthy', 'False')] },
      { mine: 1, conditions: [condition('Ready')] },
    ],
    'for a field that is to be away, and is': [{ mine: 1 }, { mine: 1, gone: undefined }],
  };
  for (const [what, [known, wanted]] of Object.entries(cases))
    test(what, async () => assert.equal(await sent(known, wanted), undefined));
});

describe("the caller's fields are applied as a whole", () => {
  const cases: Record<string, readonly [known: object | undefined, wanted: object]> = {
    'to an object without a status': [undefined, { phase: 'Running' }],
    'when a field is another': [
      { phase: 'Waiting', mine: 1 },
      { phase: 'Running', mine: 1 },
    ],
    'when a condition is another': [
      { conditions: [condition('Ready', 'False')] },
      { conditions: [condition('Ready')] },
    ],
    'when one of its own conditions is to go': [
      { conditions: [condition('Ready'), condition('Stalled')] },
      { conditions: [condition('Ready')] },
    ],
    'when one of its own fields is to go': [
      { mine: 1, gone: ['a'] },
      { mine: 1, gone: undefined },
    ],
  };
  for (const [what, [known, wanted]] of Object.entries(cases)) {
    test(what, async () => {
      const patch = await sent(known, wanted);
      assert.deepEqual([patch?.type, patch?.subresource, patch?.force], ['apply', 'status', true]);
      assert.deepEqual(patch?.body, {
        apiVersion: 'test/v1',
        kind: 'Thing',
        metadata: { name: 'a', uid: 'u-1' },
        status: JSON.parse(JSON.stringify(wanted)),
      });
    });
  }
  test('with the namespace of a namespaced object', async () => {
    const patch = await sent(undefined, { phase: 'Running' }, { of: { ...resource, namespaced: true } });
    assert.deepEqual(patch?.body, {
      apiVersion: 'test/v1',
      kind: 'Thing',
      metadata: { name: 'a', namespace: 'ns', uid: 'u-1' },
      status: { phase: 'Running' },
    });
  });
});

test('a missing object is no error; anything else is', async () => {
  await sent(undefined, { phase: 'Running' }, { fails: new ApiError(404, 'NotFound', 'gone') });
  await assert.rejects(sent(undefined, { phase: 'Running' }, { fails: new ApiError(409, 'Conflict', 'another uid') }), {
    status: 409,
  });
});
