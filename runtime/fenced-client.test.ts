import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, Resource } from '../api/object.ts';
import type { Client } from './client.ts';
import { FencedError, fencedClient } from './fenced-client.ts';

const resource: Resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
const thing: KubeObject = { apiVersion: 'test/v1', kind: 'Thing', metadata: { name: 'a' } };

/** A stub that counts what reaches it. */
function stub(): { client: Client; reached: string[] } {
  const reached: string[] = [];
  const answer = (verb: string) => () => {
    reached.push(verb);
    return Promise.resolve(thing) as Promise<never>;
  };
  const client = {
    get: answer('get'), list: answer('list'), listWithVersion: answer('list'), create: answer('create'), update: answer('update'),
    patch: answer('patch'), delete: answer('delete'), close: answer('close'),
    async *watch() {
      yield await answer('watch')();
    },
  };
  return { client, reached };
}

test('reads always, and writes only while it may', async () => {
  const { client, reached } = stub();
  let may = true;
  const fenced = fencedClient(client, () => may);
  const writes = [
    () => fenced.create(resource, thing), () => fenced.update(resource, thing),
    () => fenced.patch(resource, { name: 'a' }, { type: 'merge', body: {} }), () => fenced.delete(resource, { name: 'a' }),
  ];
  for (const write of writes) await write();
  may = false;
  for (const write of writes) await assert.rejects(write, FencedError);
  await fenced.get(resource, { name: 'a' });
  await fenced.list(resource);
  assert.deepEqual(reached, ['create', 'update', 'patch', 'delete', 'get', 'list']);
});
