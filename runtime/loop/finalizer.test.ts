import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject, Resource } from '../../api/object.ts';
import { FakeApiServer } from '../../test/support/fake-api-server/fake-api-server.ts';
import { isConflict, isNotFound } from '../errors.ts';
import { ensureFinalizer, removeFinalizer } from './finalizer.ts';

const resource: Resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
const MINE = 'steward.test/rules';

/** A server with one object with these finalizers. */
function serverWith(finalizers?: readonly string[]): { readonly server: FakeApiServer; readonly object: KubeObject } {
  const server = new FakeApiServer();
  const metadata = { name: 'a', finalizers };
  return { server, object: server.seed(resource, { apiVersion: 'test/v1', kind: 'Thing', metadata }) };
}

const finalizersOn = (server: FakeApiServer): readonly string[] | undefined =>
  server.get(resource, { name: 'a' })?.metadata.finalizers;

describe('a finalizer', () => {
  test('is added beside others, and the object with it is returned', async () => {
    const { server, object } = serverWith(['theirs']);
    const held = await ensureFinalizer(server.client(), resource, object, MINE);
    assert.deepEqual(held.metadata.finalizers, ['theirs', MINE]);
    assert.deepEqual(held, server.get(resource, { name: 'a' }));
  });

  test('that exists is not added again', async () => {
    const { server, object } = serverWith([MINE]);
    assert.equal(await ensureFinalizer(server.client(), resource, object, MINE), object);
    assert.deepEqual(server.writes, []);
  });

  test('is removed, and others are kept', async () => {
    const { server, object } = serverWith(['theirs', MINE, 'more']);
    await removeFinalizer(server.client(), resource, object, MINE);
    assert.deepEqual(finalizersOn(server), ['theirs', 'more']);
  });

  test('that is absent is not removed', async () => {
    for (const finalizers of [['theirs'], undefined]) {
      const { server, object } = serverWith(finalizers);
      await removeFinalizer(server.client(), resource, object, MINE);
      assert.deepEqual(server.writes, []);
    }
  });

  test('of a concurrent writer is never lost: it is a conflict', async () => {
    const { server, object } = serverWith([MINE]);
    server.seed(resource, { ...object, metadata: { ...object.metadata, finalizers: [MINE, 'faster'] } });
    await assert.rejects(removeFinalizer(server.client(), resource, object, MINE), isConflict);
    assert.deepEqual(finalizersOn(server), [MINE, 'faster']);
  });

  test('of a missing object needs no removal, but cannot be added', async () => {
    const { server, object } = serverWith([MINE]);
    server.remove(resource, { name: 'a' });
    await removeFinalizer(server.client(), resource, object, MINE);
    await assert.rejects(ensureFinalizer(server.client(), resource, object, 'other'), isNotFound);
  });
});
