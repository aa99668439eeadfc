/** The provider of imported clusters. The hub is a stub; the member cluster is a real HTTPS server. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../../api/installation.ts';
import type { Secret } from '../../../api/kubernetes/core.ts';
import { type Cluster, type ClusterStatus, clusters } from '../../../api/platform/cluster.ts';
import { TENANT_LABEL } from '../../../api/platform/labels.ts';
import type { Client } from '../../../runtime/client/client.ts';
import type { Logger } from '../../../runtime/log.ts';
import { createAuthority } from '../../controlplane/certificates.ts';
import type { StepContext, StepResult } from '../provider.ts';
import { importedProvider } from './provider.ts';

const [authority, other] = [await createAuthority('cluster-ca'), await createAuthority('other')];
const serving = await authority.issue({ commonName: 'cluster', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let server: Server;
let url: string;
/** The requests so far, each `METHOD PATH AUTHORIZATION`. */
const asked: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

before(async () => {
  server = createServer(serving, (request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
  answer = answering({
    '/version': [200, { gitVersion: 'v1.36.3' }],
    '/api/v1/namespaces/kube-system': [200, { metadata: { uid: 'uid-1' } }],
  });
});

function answering(answers: Record<string, readonly [number, object]>): typeof answer {
  return (request, response) => {
    const [status, body] = answers[request.url ?? ''] ?? [404, { kind: 'Status', code: 404 }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

const cluster = (
  name: string,
  status: ClusterStatus = {},
  more: { tenantID?: string; creationTimestamp?: string } = {},
): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name, uid: `u-${name}`, creationTimestamp: more.creationTimestamp ?? '2026-01-02T00:00:00Z' },
  spec: { tenantID: more.tenantID ?? 'acme', type: 'Imported', server: url, kubeconfigSecret: 'access' },
  status,
});
const log: Logger = { error: () => undefined, info: () => undefined, debug: () => undefined, child: () => log };

interface Given {
  readonly of?: Cluster;
  readonly others?: readonly Cluster[];
  readonly secret?: Partial<Secret> | null;
}

/** Runs one of the two steps. */
async function take(
  condition: string,
  { of = cluster('cls-a'), others = [], secret = {} }: Given = {},
): Promise<StepResult> {
  const held: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'access', labels: { [TENANT_LABEL]: 'acme' } },
    data: { 'ca.crt': base64(authority.cert), token: base64('t0ken') },
    ...secret,
  };
  const client = { get: () => Promise.resolve(secret === null ? undefined : held) } as unknown as Client;
  const context: StepContext = {
    cluster: of,
    goal: undefined,
    client,
    namespace: INSTALLATION_NAMESPACE,
    log,
    signal: new AbortController().signal,
  };
  const step = importedProvider({ list: () => [of, ...others] }).steps.find((each) => each.condition === condition);
  assert.ok(step !== undefined);
  return step.run(context);
}

const reasonOf = (result: StepResult): string => (result.state === 'done' ? 'done' : result.reason);

describe('the credential', () => {
  test('that is complete gives the address of the cluster, without a request', async () => {
    const result = await take('CredentialValid');
    assert.deepEqual(
      [result.state, result.status],
      ['done', { server: url, addresses: [{ type: 'Advertise', host: '127.0.0.1', port: Number(new URL(url).port) }] }],
    );
    assert.deepEqual(asked, []);
  });
  test('has port 443 by default, and an IPv6 address without its brackets', async () => {
    const of = cluster('cls-a');
    const result = await take('CredentialValid', { of: { ...of, spec: { ...of.spec, server: 'https://[fd00::1]' } } });
    assert.deepEqual(result.status?.addresses, [{ type: 'Advertise', host: 'fd00::1', port: 443 }]);
  });
  test('fails when it is missing or belongs to another tenant', async () => {
    assert.equal(reasonOf(await take('CredentialValid', { secret: null })), 'SecretNotFound');
    assert.equal(
      reasonOf(
        await take('CredentialValid', {
          secret: { metadata: { name: 'access', labels: { [TENANT_LABEL]: 'other' } } },
        }),
      ),
      'SecretOfAnotherTenant',
    );
    assert.equal(reasonOf(await take('Identified', { secret: null })), 'SecretNotFound');
  });
});

describe('identifying a cluster', () => {
  test('reads two paths with the token, and nothing else', async () => {
    const result = await take('Identified');
    assert.deepEqual([result.state, result.status], ['done', { version: 'v1.36.3', clusterID: 'uid-1' }]);
    assert.deepEqual(asked, ['GET /version Bearer t0ken', 'GET /api/v1/namespaces/kube-system Bearer t0ken']);
  });
  test('works with a credential that may read only the version, and warns about it', async () => {
    answer = answering({
      '/version': [200, { gitVersion: 'v1.36.3' }],
      '/api/v1/namespaces/kube-system': [403, { kind: 'Status', code: 403 }],
    });
    const result = await take('Identified');
    assert.deepEqual([result.state, result.status], ['done', { version: 'v1.36.3' }]);
    assert.match(result.message, /importing it twice would go unnoticed/);
  });
  test('fails with an expired token', async () => {
    answer = (_, response) => void response.writeHead(401).end();
    assert.equal(reasonOf(await take('Identified')), 'Unauthorized');
  });
  test('fails with another CA, and does not send the token', async () => {
    const result = await take('Identified', {
      secret: { data: { 'ca.crt': base64(other.cert), token: base64('t0ken') } },
    });
    assert.equal(reasonOf(result), 'CertificateUntrusted');
    assert.deepEqual(asked, [], 'the token was not sent');
  });
  test('fails where nothing listens', async () => {
    const of = cluster('cls-a');
    assert.equal(
      reasonOf(await take('Identified', { of: { ...of, spec: { ...of.spec, server: 'https://127.0.0.1:1' } } })),
      'ConnectionRefused',
    );
  });
  test('follows no redirect, so the token goes nowhere else', async () => {
    let elsewhere = 0;
    const target = createServer(serving, (_, response) => {
      elsewhere += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    answer = (_, response) =>
      void response
        .writeHead(307, { location: `https://127.0.0.1:${(target.address() as AddressInfo).port}/version` })
        .end();
    try {
      assert.notEqual(reasonOf(await take('Identified')), 'done');
    } finally {
      target.close();
    }
    assert.equal(elsewhere, 0);
  });
  test('stops reading an endless answer', async () => {
    const chunk = Buffer.alloc(1_048_576, ' ');
    let written = 0;
    answer = (_, response) => {
      const more = (): void => {
        // The end of the test server's patience: no real answer is this long.
        if (written > 64 * chunk.length || response.destroyed) return void response.destroy();
        written += chunk.length;
        response.write(chunk, more);
      };
      response.writeHead(200);
      more();
    };
    assert.notEqual(reasonOf(await take('Identified')), 'done');
    assert.ok(written < 32 * chunk.length, `${written} bytes were read`);
  });
});

describe('importing a cluster twice', () => {
  const twin = (status: ClusterStatus = { clusterID: 'uid-1' }, more: Parameters<typeof cluster>[2] = {}): Cluster =>
    cluster('cls-twin', status, more);
  test('is refused, and the message names the first import', async () => {
    const result = await take('Identified', { others: [twin()] });
    assert.equal(reasonOf(result), 'AlreadyImported');
    assert.match(result.message, /Cluster cls-twin/);
  });
  test('is refused without naming the Cluster of another tenant', async () => {
    const { message } = await take('Identified', { others: [twin({ clusterID: 'uid-1' }, { tenantID: 'other' })] });
    assert.ok(!message.includes('cls-twin') && message.includes('another tenant'));
  });
  const fine: Record<string, () => Given> = {
    'is not found while the other Cluster has no identity yet': () => ({ others: [twin({})] }),
    'is not found for another cluster': () => ({ others: [twin({ clusterID: 'uid-2' })] }),
    'leaves the older of two that were identified at the same time': () => ({
      of: cluster('cls-a', { clusterID: 'uid-1' }, { creationTimestamp: '2026-01-01T00:00:00Z' }),
      others: [twin()],
    }),
    'leaves the first by name of two that were created in the same second': () => ({
      of: cluster('cls-a', { clusterID: 'uid-1' }),
      others: [twin()],
    }),
  };
  for (const [what, given] of Object.entries(fine))
    test(what, async () => assert.equal(reasonOf(await take('Identified', given())), 'done'));
  test('is refused for the younger of two that were identified at the same time', async () => {
    const of = cluster('cls-a', { clusterID: 'uid-1' });
    assert.equal(
      reasonOf(
        await take('Identified', {
          of,
          others: [twin({ clusterID: 'uid-1' }, { creationTimestamp: '2026-01-01T00:00:00Z' })],
        }),
      ),
      'AlreadyImported',
    );
  });
});

test('removal does nothing, because nothing was installed', () =>
  assert.deepEqual(importedProvider({ list: () => [] }).removal, []));
