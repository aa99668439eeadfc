/** What the client sends with a delete, a list and an update, and what it makes of refusals. The API server is a loopback stub. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject, Resource } from '../../api/object.ts';
import { ApiError } from '../errors.ts';
import { type Client, createClient, pathOf } from './client.ts';

const resource: Resource = { group: 'test.io', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
const thing: KubeObject = {
  apiVersion: 'test.io/v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'ns', resourceVersion: '7' },
};
const PATH = '/apis/test.io/v1/namespaces/ns/things';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
let answer: Answer = (_, response) => response.end('{}');
const stub = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => answer(request, response, body));
});
const observed: string[] = [];
let client: Client;
before(async () => {
  await new Promise<void>((resolve) => void stub.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  const server = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  // client-node takes a server without TLS only so.
  config.loadFromClusterAndUser({ name: 'stub', server, skipTLSVerify: true }, { name: 'me', token: 'secret-token' });
  client = createClient(() => config, {
    fieldManager: 'tester',
    observe: (method, code) => observed.push(`${method} ${code}`),
  });
});
after(async () => {
  await client.close();
  stub.closeAllConnections();
  stub.close();
});

/** Answers with `status` and `body`, and keeps what was asked. */
function reply(status: number, body: string): { readonly asked: string[] } {
  const asked: string[] = [];
  answer = (request, response, sent) => {
    asked.push(`${request.method} ${request.url} ${sent}`);
    response.writeHead(status).end(body);
  };
  return { asked };
}

const watch = async (): Promise<void> => {
  for await (const _ of client.watch(resource, {}, { namespace: 'ns', signal: new AbortController().signal }));
};

describe('requests', () => {
  test('a delete sends its preconditions', async () => {
    const { asked } = reply(200, '{}');
    await client.delete(resource, thing.metadata, { uid: 'u', resourceVersion: '7' });
    assert.deepEqual(asked, [
      `DELETE ${PATH}/a {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"7"}}`,
    ]);
  });

  test('a list sends its selectors, its namespace and its page size', async () => {
    const { asked } = reply(200, '{"metadata":{"resourceVersion":"7"},"items":[]}');
    await client.list(resource, { labelSelector: 'a=b,c', fieldSelector: 'spec.ptype=g', namespace: 'ns' });
    assert.deepEqual(asked, [`GET ${PATH}?labelSelector=a%3Db%2Cc&fieldSelector=spec.ptype%3Dg&limit=500 `]);
  });

  test('an update sends the version of the object', async () => {
    const { asked } = reply(200, JSON.stringify(thing));
    assert.deepEqual(await client.update(resource, thing), thing);
    assert.deepEqual(asked, [`PUT ${PATH}/a?fieldManager=tester ${JSON.stringify(thing)}`]);
  });

  test('a name cannot escape its place in the path', () => {
    assert.equal(pathOf(resource, 'n/s', '../x?y'), '/apis/test.io/v1/namespaces/n%2Fs/things/..%2Fx%3Fy');
    assert.equal(pathOf({ ...resource, group: '' }, undefined, 'a'), '/api/v1/things/a');
  });
});

describe('a refusal', () => {
  test('of a delete whose object has changed is an error', async () => {
    reply(409, '{"reason":"Conflict"}');
    await assert.rejects(client.delete(resource, thing.metadata, { uid: 'other' }), ApiError);
  });

  test('that is not JSON is quoted in part', async () => {
    reply(502, `<html>${'x'.repeat(1_000)}`);
    await assert.rejects(
      client.get(resource, thing.metadata),
      (error) => error instanceof ApiError && error.status === 502 && error.message.length < 300,
    );
  });

  for (const body of ['', 'null', '[]', '"text"']) {
    test(`with the body ${JSON.stringify(body)} still has its status`, async () => {
      reply(500, body);
      await assert.rejects(
        client.get(resource, thing.metadata),
        (error) => error instanceof ApiError && error.status === 500,
      );
    });
  }

  test('never contains the token', async () => {
    reply(401, '{"reason":"Unauthorized"}');
    await assert.rejects(
      client.get(resource, thing.metadata),
      (error) => error instanceof ApiError && !JSON.stringify([error.message, error]).includes('secret-token'),
    );
  });

  test('of a watch has its status, reason and delay', async () => {
    answer = (_, response) =>
      response.writeHead(429, { 'retry-after': '2' }).end('{"reason":"TooManyRequests","message":"slow"}');
    await assert.rejects(watch(), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.reason, error.retryAfterMs], [429, 'TooManyRequests', 2_000]);
      return true;
    });
  });

  test('is counted by method and code, watches separately', async () => {
    observed.length = 0;
    reply(403, '{}');
    await assert.rejects(client.get(resource, thing.metadata));
    await assert.rejects(watch());
    assert.deepEqual(observed, ['GET 403', 'WATCH 403']);
  });
});

describe('a watch', () => {
  test('that ends in the middle of a line yields the complete lines', async () => {
    answer = (_, response) => response.end('{"type":"ADDED","object":{}}\n{"type":"ADD');
    const seen: string[] = [];
    for await (const { type } of client.watch(resource, {}, { signal: new AbortController().signal })) seen.push(type);
    assert.deepEqual(seen, ['ADDED']);
  });

  test('of something that is not JSON is an error', async () => {
    answer = (_, response) => response.end('not JSON\n');
    await assert.rejects(watch(), SyntaxError);
  });
});
