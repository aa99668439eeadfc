import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { identify, isConnectionProblem } from './identify.ts';

const SERVER = 'https://10.0.0.1:6443';
type Answer = { readonly status: number; readonly body?: string };

/** Identifies a stub of a cluster that gives these answers. */
function asked(
  version: Answer | Error,
  kubeSystem: Answer | Error,
  namespaces: Answer | Error = kubeSystem,
): ReturnType<typeof identify> {
  const answers: Record<string, Answer | Error> = {
    '/version': version,
    '/api/v1/namespaces/kube-system': kubeSystem,
    '/api/v1/namespaces?limit=1': namespaces,
  };
  const get = (path: string): Promise<{ status: number; body: string; retryAfterMs: undefined }> => {
    const answer = answers[path] ?? new Error(`unexpected path ${path}`);
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ body: '', retryAfterMs: undefined, ...answer });
  };
  return identify({ get }, SERVER);
}

const version = (gitVersion: unknown): Answer => ({ status: 200, body: JSON.stringify({ gitVersion }) });
const namespace = (uid: unknown): Answer => ({
  status: 200,
  body: JSON.stringify({ metadata: { name: 'kube-system', uid } }),
});
const refused = (code: number): Answer => ({
  status: code,
  body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', code }),
});

describe('a cluster is identified', () => {
  const cases: Record<
    string,
    { version: Answer; namespace: Answer; is: { version: string | undefined; clusterID: string | undefined } }
  > = {
    'with version and id': {
      version: version('v1.36.3'),
      namespace: namespace('uid-1'),
      is: { version: 'v1.36.3', clusterID: 'uid-1' },
    },
    'by a credential that may not read namespaces': {
      version: version('v1.36.3'),
      namespace: refused(403),
      is: { version: 'v1.36.3', clusterID: undefined },
    },
    'by a credential that may not even read the version': {
      version: refused(403),
      namespace: namespace('uid-1'),
      is: { version: undefined, clusterID: 'uid-1' },
    },
    'where no version is served, as in simulated API servers': {
      version: { status: 404, body: '404 page not found' },
      namespace: namespace('uid-1'),
      is: { version: undefined, clusterID: 'uid-1' },
    },
    'where kube-system does not exist': {
      version: version('v1.36.3'),
      namespace: refused(404),
      is: { version: 'v1.36.3', clusterID: undefined },
    },
    'by a credential that may read nothing': {
      version: refused(403),
      namespace: refused(403),
      is: { version: undefined, clusterID: undefined },
    },
  };
  for (const [what, { version: first, namespace: second, is }] of Object.entries(cases))
    test(what, async () => assert.deepEqual(await asked(first, second), is));
});

test('a simulated API server that serves only namespaces is a cluster', async () => {
  const unknown = { status: 404, body: '{"ErrStatus": {}}' };
  const found = await asked(unknown, unknown, {
    status: 200,
    body: JSON.stringify({ kind: 'NamespaceList', apiVersion: 'v1', items: [] }),
  });
  assert.deepEqual(found, { version: undefined, clusterID: undefined });
});

describe('a cluster is not identified', () => {
  const cases: Record<string, { version: Answer | Error; namespace?: Answer | Error; reason: string }> = {
    'with a credential that is not accepted': { version: refused(401), reason: 'Unauthorized' },
    'with a credential that expires before the second request': {
      version: version('v1.36.3'),
      namespace: refused(401),
      reason: 'Unauthorized',
    },
    'when its server fails': { version: { status: 503 }, reason: 'ServerError' },
    'when its server is overloaded': { version: version('v1.36.3'), namespace: refused(429), reason: 'Overloaded' },
    'when nothing listens': {
      version: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
      reason: 'ConnectionRefused',
    },
    'when the connection breaks': {
      version: version('v1.36.3'),
      namespace: Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      reason: 'NetworkError',
    },
  };
  for (const [what, { version: first, namespace: second = refused(403), reason }] of Object.entries(cases)) {
    test(`${what}: ${reason}`, async () => {
      const found = await asked(first, second);
      assert.ok(isConnectionProblem(found));
      assert.equal(found.reason, reason);
    });
  }

  const strangers: Record<string, Answer> = {
    'a web server with neither path': { status: 404, body: '<html>not found</html>' },
    'a web server with a page for every path': { status: 200, body: '<html>welcome</html>' },
    'a server that redirects': { status: 302 },
    'a server with other JSON': { status: 200, body: '{"gitVersion": 5, "metadata": {}}' },
    'a server with a list of something else': { status: 200, body: '{"kind": "List", "items": []}' },
    'a server that answers null': { status: 200, body: 'null' },
  };
  for (const [what, answer] of Object.entries(strangers)) {
    test(`for ${what}`, async () => assert.ok(isConnectionProblem(await asked(answer, answer))));
  }
});

test('a version or id that does not fit into the status is discarded', async () => {
  for (const found of [
    await asked(version('v'.repeat(64)), namespace('uid-1')),
    await asked(version('v1.36.3'), namespace('u'.repeat(64))),
  ]) {
    if (isConnectionProblem(found)) continue;
    assert.ok((found.version ?? '').length <= 63 && (found.clusterID ?? '').length <= 63);
  }
});
