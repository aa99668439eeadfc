/** The client against a stub of the API server: a loopback HTTPS server that answers what the test says. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject, Resource } from '../../api/object.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { ApiError, isAlreadyExists, isConflict } from '../errors.ts';
import { type Client, createClient } from './client.ts';

const resource: Resource = { group: 'test.io', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
const thing: KubeObject = { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'a b', namespace: 'ns' } };

const authority = await createAuthority('test-ca');
const server = await authority.issue({ commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
let answer: Answer = (_, response) => response.end('{}');
let connections = 0;
const stub = createServer({ ...server, ca: authority.cert, requestCert: true }, (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => answer(request, response, body));
});
stub.on('secureConnection', () => (connections += 1));

let client: Client;
let clientCertificate = await authority.issue({ commonName: 'first', usages: ['client'] });
function load(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name: 'stub',
        server: `https://127.0.0.1:${(stub.address() as AddressInfo).port}`,
        caData: base64(authority.cert),
      },
    ],
    users: [{ name: 'me', certData: base64(clientCertificate.cert), keyData: base64(clientCertificate.key) }],
    contexts: [{ name: 'stub', cluster: 'stub', user: 'me' }],
    currentContext: 'stub',
  });
  return config;
}
before(async () => {
  await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
  client = createClient(load, { fieldManager: 'tester' });
});
after(async () => {
  await client.close();
  stub.closeAllConnections();
  stub.close();
});

const reply =
  (status: number, body: object, headers = {}): Answer =>
  (_, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));

describe('requests', () => {
  test('share few connections, however many there are', async () => {
    answer = reply(200, thing);
    connections = 0;
    for (let i = 0; i < 30; i++) await client.get(resource, { name: 'a', namespace: 'ns' });
    assert.ok(connections <= 2, `${connections} connections for 30 requests`);
  });

  test('carry the path, the field manager and the patch type', async () => {
    const seen: string[] = [];
    answer = (request, response, body) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''} ${body}`);
      response.end(JSON.stringify(thing));
    };
    await client.create(resource, thing);
    await client.patch(resource, thing.metadata, { type: 'apply', body: thing, force: true });
    await client.patch(resource, thing.metadata, { type: 'merge', body: { status: {} }, subresource: 'status' });
    const path = '/apis/test.io/v1/namespaces/ns/things';
    assert.deepEqual(seen, [
      `POST ${path}?fieldManager=tester application/json ${JSON.stringify(thing)}`,
      `PATCH ${path}/a%20b?fieldManager=tester&force=true application/apply-patch+yaml ${JSON.stringify(thing)}`,
      `PATCH ${path}/a%20b/status?fieldManager=tester application/merge-patch+json {"status":{}}`,
    ]);
  });

  test('present a new certificate without a restart', async () => {
    let now = 0;
    const { credentialSource } = await import('./credentials.ts');
    const source = credentialSource(load, () => now);
    const before = (await source()).tls.cert;
    clientCertificate = await authority.issue({ commonName: 'second', usages: ['client'] });
    assert.equal((await source()).tls.cert, before);
    now = 60_000;
    assert.equal((await source()).tls.cert, clientCertificate.cert);
  });
});

describe('responses', () => {
  test('404 means no object, and nothing to delete', async () => {
    answer = reply(404, { reason: 'NotFound', message: 'not found' });
    assert.equal(await client.get(resource, { name: 'x' }), undefined);
    await client.delete(resource, { name: 'x' });
  });

  test('an error has its status, reason, message and delay', async () => {
    answer = reply(429, { reason: 'TooManyRequests', message: 'slow down' }, { 'retry-after': '3' });
    await assert.rejects(client.create(resource, thing), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.reason, error.retryAfterMs], [429, 'TooManyRequests', 3_000]);
      assert.equal(error.message, 'POST /apis/test.io/v1/namespaces/ns/things: slow down');
      return true;
    });
  });

  test('a conflict and an existing object are distinguished', async () => {
    const errorOf = async (reason: string): Promise<unknown> => {
      answer = reply(409, { reason });
      return client.create(resource, thing).then(
        () => undefined,
        (error: unknown) => error,
      );
    };
    assert.ok(isAlreadyExists(await errorOf('AlreadyExists')));
    assert.ok(isConflict(await errorOf('Conflict')));
  });

  test('a list is read page by page, and its items have their kind', async () => {
    answer = (request, response) => {
      const second = request.url?.includes('continue=more') === true;
      const { metadata } = thing;
      response.end(
        JSON.stringify({
          metadata: { resourceVersion: '7', ...(second ? {} : { continue: 'more' }) },
          items: [{ metadata: { ...metadata, name: second ? 'two' : 'one' } }],
        }),
      );
    };
    const items = await client.list(resource);
    assert.deepEqual(
      items.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['Thing one', 'Thing two'],
    );
  });

  test('a watch is read line by line, across chunks that split lines and characters', async () => {
    answer = (_, response) => {
      const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ü' } } })}\n`);
      const cut = line.indexOf(Buffer.from('ü')) + 1;
      response.write(line.subarray(0, cut));
      setTimeout(() => response.end(Buffer.concat([line.subarray(cut), line])), 20);
    };
    const seen: unknown[] = [];
    for await (const event of client.watch(resource, {}, { signal: new AbortController().signal })) seen.push(event);
    assert.deepEqual(
      seen,
      Array.from({ length: 2 }, () => ({ type: 'ADDED', object: { metadata: { name: 'ü' } } })),
    );
  });
});
