import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps } from '../../../api/kubernetes/core.ts';
import { ApiError } from '../../../runtime/errors.ts';
import { BEHAVIOURS } from './behaviours.ts';
import { FakeApiServer } from './fake-api-server.ts';

const shared = new FakeApiServer();
for (const [request, behaviours] of Object.entries(BEHAVIOURS)) {
  describe(`${request} on the fake API server`, () => {
    for (const [name, behaviour] of Object.entries(behaviours))
      test(name, () => behaviour((manager) => shared.client(manager)));
  });
}

const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' }, data: { a: '1' } };

describe('for tests, the fake', () => {
  test('counts requests, and answers with what onRequest throws', async () => {
    const server = new FakeApiServer();
    server.onRequest = ({ verb }) => {
      if (verb === 'create') throw new ApiError(500, 'InternalError', 'etcd is down');
    };
    await assert.rejects(server.client().create(configMaps, MAP), { status: 500 });
    assert.equal(await server.client().get(configMaps, MAP.metadata), undefined);
    assert.deepEqual(
      server.requests.map(({ verb, key }) => `${verb} ${key}`),
      ['create n/a', 'get n/a'],
    );
    assert.equal(server.writes.length, 1);
  });
  test('hands out copies, and keeps none of what it is given', async () => {
    const server = new FakeApiServer();
    const data = { a: '1' };
    const made = server.seed(configMaps, { ...MAP, data });
    data.a = '2';
    Object.assign(made.data ?? {}, { a: '3' });
    assert.deepEqual(server.get(configMaps, MAP.metadata)?.data, { a: '1' });
  });
  test('refuses to resume a watch from before a compaction', async () => {
    const server = new FakeApiServer();
    const { resourceVersion = '' } = server.seed(configMaps, MAP).metadata;
    server.seed(configMaps, { ...MAP, metadata: { ...MAP.metadata, name: 'b' } });
    server.compact();
    const { signal } = new AbortController();
    const watch = server.client().watch(configMaps, { resourceVersion }, { signal });
    await assert.rejects(watch[Symbol.asyncIterator]().next(), { status: 410 });
  });
});
