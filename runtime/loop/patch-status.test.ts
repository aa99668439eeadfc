import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Patch } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { patchStatus } from './patch-status.ts';

const resource: Resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };

const thing = (status?: object): KubeObject & { status?: object } => ({
  apiVersion: 'test/v1',
  kind: 'Thing',
  metadata: { name: 'a', resourceVersion: '7' },
  ...(status === undefined ? {} : { status }),
});

/** Keeps what is sent; answers with `fails` when given. */
class StubClient {
  readonly sent: { ref: string; patch: Patch }[] = [];
  readonly #fails: Error | undefined;

  constructor(fails?: Error) {
    this.#fails = fails;
  }

  patch<T extends KubeObject>(_: Resource<T>, ref: ObjectRef, patch: Patch): Promise<T> {
    this.sent.push({ ref: ref.name, patch });
    return this.#fails === undefined ? Promise.resolve({} as T) : Promise.reject(this.#fails);
  }
}

async function bodyOf(known: object | undefined, wanted: object): Promise<unknown> {
  const client = new StubClient();
  await patchStatus(client, resource, thing(known), wanted);
  assert.ok(client.sent.length <= 1);
  return client.sent[0]?.patch.body;
}

describe('the status', () => {
  test('is not written if it is equal, whatever the order of fields', async () => {
    assert.equal(
      await bodyOf(
        { rules: 2, missing: [{ id: 'x', kind: 'Policy' }] },
        { missing: [{ kind: 'Policy', id: 'x' }], rules: 2 },
      ),
      undefined,
    );
  });

  test('is not written for a field that is undefined on both sides', async () => {
    assert.equal(
      await bodyOf({ rules: 2, list: [{ a: 1 }] }, { rules: 2, phase: undefined, list: [{ a: 1, b: undefined }] }),
      undefined,
    );
  });

  const WRITTEN: Record<string, { known: object | undefined; wanted: object; body: object }> = {
    'is written whole when there was none': {
      known: undefined,
      wanted: { rules: 0, users: [] },
      body: { rules: 0, users: [] },
    },
    'is written only where it differs': {
      known: { rules: 1, users: ['a'] },
      wanted: { rules: 2, users: ['a'] },
      body: { rules: 2 },
    },
    'loses a field that is undefined now': {
      known: { rules: 1, expired: true },
      wanted: { rules: 1, expired: undefined },
      body: { expired: null },
    },
    'keeps the fields of others': { known: { rules: 1, theirs: true }, wanted: { rules: 2 }, body: { rules: 2 } },
    'counts the order of a list': {
      known: { users: ['a', 'b'] },
      wanted: { users: ['b', 'a'] },
      body: { users: ['b', 'a'] },
    },
  };
  for (const [name, { known, wanted, body }] of Object.entries(WRITTEN)) {
    test(name, async () => assert.deepEqual(await bodyOf(known, wanted), { status: body }));
  }

  test('is sent to the subresource, without a version: the last writer wins', async () => {
    const client = new StubClient();
    await patchStatus(client, resource, thing(), { rules: 1 });
    assert.deepEqual(client.sent, [
      { ref: 'a', patch: { type: 'merge', body: { status: { rules: 1 } }, subresource: 'status' } },
    ]);
  });

  test('of a missing object is ignored', () =>
    patchStatus(new StubClient(new ApiError(404, 'NotFound', '')), resource, thing(), { rules: 1 }));

  test('that cannot be written is an error', () =>
    assert.rejects(
      patchStatus(new StubClient(new ApiError(403, 'Forbidden', '')), resource, thing(), { rules: 1 }),
      ApiError,
    ));
});
