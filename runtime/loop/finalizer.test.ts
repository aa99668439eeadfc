/** Finalizers against a stub of an object on the API server, with its optimistic concurrency and merge patches of lists. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Patch } from '../client/client.ts';
import { ApiError, isConflict } from '../errors.ts';
import { ensureFinalizer, removeFinalizer } from './finalizer.ts';

const resource: Resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
const MINE = 'steward.test/rules';

class StubObject {
  object: KubeObject | undefined;
  writes = 0;

  constructor(finalizers?: readonly string[]) {
    this.object = { apiVersion: 'test/v1', kind: 'Thing', metadata: { name: 'a', resourceVersion: '1', finalizers } };
  }

  patch<T extends KubeObject>(_: Resource<T>, __: ObjectRef, { body }: Patch): Promise<T> {
    if (this.object === undefined) return Promise.reject(new ApiError(404, 'NotFound', 'gone'));
    const { metadata } = body as { metadata: { resourceVersion: string; finalizers: string[] } };
    const { resourceVersion } = this.object.metadata;
    if (metadata.resourceVersion !== resourceVersion) return Promise.reject(new ApiError(409, 'Conflict', 'changed'));
    this.writes += 1;
    this.object = {
      ...this.object,
      metadata: {
        ...this.object.metadata,
        finalizers: metadata.finalizers,
        resourceVersion: String(Number(resourceVersion) + 1),
      },
    };
    return Promise.resolve(this.object as unknown as T);
  }
}

function present(stub: StubObject): KubeObject {
  assert.ok(stub.object !== undefined);
  return stub.object;
}

describe('a finalizer', () => {
  test('is added beside others, and the object with it is returned', async () => {
    const stub = new StubObject(['theirs']);
    const object = await ensureFinalizer(stub, resource, present(stub), MINE);
    assert.deepEqual(object.metadata.finalizers, ['theirs', MINE]);
    assert.equal(object.metadata.resourceVersion, '2');
  });

  test('that exists is not added again', async () => {
    const stub = new StubObject([MINE]);
    assert.equal(await ensureFinalizer(stub, resource, present(stub), MINE), stub.object);
    assert.equal(stub.writes, 0);
  });

  test('is removed, and others are kept', async () => {
    const stub = new StubObject(['theirs', MINE, 'more']);
    await removeFinalizer(stub, resource, present(stub), MINE);
    assert.deepEqual(present(stub).metadata.finalizers, ['theirs', 'more']);
  });

  test('that is absent is not removed', async () => {
    const stub = new StubObject(['theirs']);
    await removeFinalizer(stub, resource, present(stub), MINE);
    await removeFinalizer(new StubObject(), resource, present(new StubObject()), MINE);
    assert.equal(stub.writes, 0);
  });

  test('of a concurrent writer is never lost: it is a conflict', async () => {
    const stub = new StubObject([MINE]);
    const seen = present(stub);
    stub.object = { ...seen, metadata: { ...seen.metadata, resourceVersion: '5', finalizers: [MINE, 'faster'] } };
    await assert.rejects(removeFinalizer(stub, resource, seen, MINE), isConflict);
    assert.deepEqual(stub.object.metadata.finalizers, [MINE, 'faster']);
  });

  test('of a missing object needs no removal, but cannot be added', async () => {
    const stub = new StubObject([MINE]);
    const seen = present(stub);
    stub.object = undefined;
    await removeFinalizer(stub, resource, seen, MINE);
    await assert.rejects(ensureFinalizer(stub, resource, seen, 'other'), ApiError);
  });
});
