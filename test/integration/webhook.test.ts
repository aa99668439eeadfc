/**
 * The authorizer as a process: its answers to different clients over real TLS, and beside a kube-apiserver in flag mode
 * (Node,RBAC,Webhook) that still uses v1beta1.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { dump } from 'js-yaml';
import { HUB, PROCESS_NAMES } from '../../api/installation.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { processNamed } from '../support/product-processes.ts';
import { type Asked, askWebhook, reviewBody } from '../support/webhook-client.ts';

const POLICY_CONTROLLER = processNamed(PROCESS_NAMES.policy);

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-webhook-'));
  stack = await startStack({
    directory,
    order: 'rbac-first',
    processes: [POLICY_CONTROLLER, AUTHORIZER],
    // The last flag counts. v1beta1 is the default version of kube-apiserver.
    apiserverArgs: ['--authorization-webhook-version=v1beta1'],
  });
  await stack.kubectl(['apply', '-f', '-'], WORLD);
  await stack.kubectl(['wait', '--for=condition=Ready', 'policies', '--all', '--timeout=30s']);
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const policy = (name: string, effect: string, resources: string[]): object => ({
  apiVersion: 'auth.tkestack.io/v1',
  kind: 'Policy',
  metadata: { name },
  spec: {
    tenantID: 'acme',
    statement: { actions: ['getPod', 'getSecret'], resources, effect },
    users: [{ id: 'ann' }],
  },
});
const WORLD = yamlOf([
  policy('pol-allow', 'allow', ['namespace:dev/*', 'cluster:cls-a/namespace:dev/*']),
  policy('pol-deny', 'deny', ['*secret:*']),
]);

const getPod = {
  resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'dev', name: 'web' },
  user: 'ann',
  groups: ['tenant:acme'],
};

describe('in flag mode with v1beta1', () => {
  const canI = async (...args: string[]): Promise<string> =>
    (await stack.controlPlane.kubectl(['auth', 'can-i', ...args, '--as=ann', '--as-group=tenant:acme'])).stdout.trim();

  test('an allow through the groups of the request works', async () => {
    await eventually('ann is allowed', async () => (await canI('get', 'pods/web', '-n', 'dev')) === 'yes');
  });
  test('a request that no policy allows is refused with a reason', async () => {
    assert.match(
      await canI('get', 'pods/web', '-n', 'prod'),
      /^no - .*closest match is Policy pol-allow, but it allows getPod only on .*namespace:dev/,
    );
  });
  test('a deny does not override RBAC, which is asked first', async () => {
    assert.match(await canI('get', 'secrets/db', '-n', 'dev'), /^no - .*: Policy pol-deny denies /);
    await stack.kubectl(['create', 'clusterrole', 'secrets', '--verb=get', '--resource=secrets']);
    await stack.kubectl(['create', 'clusterrolebinding', 'secrets', '--clusterrole=secrets', '--user=ann']);
    await eventually('RBAC allows it', async () => (await canI('get', 'secrets/db', '-n', 'dev')) === 'yes');
  });
});

describe('the revision of the Rules', () => {
  const metricOf = async (name: string): Promise<string | undefined> => {
    const metrics = await (await fetch(`${stack.processes.get(name)?.health}/metrics`)).text();
    return /^rules_revision_info\{revision="([0-9a-f]{32})"\} \d+$/m.exec(metrics)?.[1];
  };

  test('is in every answer and in /metrics, is the same in two replicas, and changes with the Rules', async () => {
    const second = await stack.start(AUTHORIZER, [], 2);
    await untilReady(second);
    const revisions = async (): Promise<(string | undefined)[]> => [
      (await askWebhook(stack, { cluster: HUB, body: reviewBody(getPod) })).revision,
      (await askWebhook(stack, { cluster: HUB, body: reviewBody(getPod), port: second.webhookPort ?? 0 })).revision,
      await metricOf(PROCESS_NAMES.authorizer),
      await metricOf(`${PROCESS_NAMES.authorizer}-2`),
    ];
    const [before, ...others] = await revisions();
    assert.match(before ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(others, [before, before, before]);
    await stack.kubectl(['apply', '-f', '-'], dump(policy('pol-more', 'allow', ['namespace:more/*'])));
    await eventually('both replicas have the change', async () => {
      const [first, ...rest] = await revisions();
      return first !== before && rest.every((revision) => revision === first);
    });
    await stack.kubectl(['delete', 'policy', 'pol-more']);
    await eventually('both replicas have the first revision again', async () =>
      (await revisions()).every((revision) => revision === before),
    );
    await second.child.stop();
  });
});

describe('a cluster is identified by its path and its certificate together:', () => {
  test('the hub is answered at its path', async () => {
    const { status, body } = await askWebhook(stack, { cluster: HUB, body: reviewBody(getPod) });
    assert.equal(status, 200);
    assert.equal(body.status?.allowed, true);
  });
  test('a member cluster is answered at its path, and its name is part of its objects', async () => {
    const { body } = await askWebhook(stack, { cluster: 'cls-a', path: '/auth/authz/cls-a', body: reviewBody(getPod) });
    assert.equal(body.status?.allowed, true);
    assert.match(body.status?.reason ?? '', /getPod on cluster:cls-a\/namespace:dev\/pod:web/);
  });
  test('a cluster in the groups of the request has no effect', async () => {
    const groups = [...getPod.groups, 'cluster:cls-b'];
    const { body } = await askWebhook(stack, {
      cluster: 'cls-a',
      path: '/auth/authz/cls-a',
      body: reviewBody({ ...getPod, groups }),
    });
    assert.match(body.status?.reason ?? '', /cluster:cls-a\//);
  });

  const refused: Record<string, Asked & { status: number; message: RegExp }> = {
    'a member cluster at the path of another': {
      cluster: 'cls-a',
      path: '/auth/authz/cls-b',
      status: 403,
      message: /is for cluster "cls-a", but the path is for cluster "cls-b"/,
    },
    'a member cluster at the path of the hub': {
      cluster: 'cls-a',
      path: '/auth/authz',
      status: 403,
      message: /is for cluster "cls-a"/,
    },
    'the hub at a path with its name': {
      cluster: HUB,
      path: '/auth/authz/global',
      status: 404,
      message: /no such path/,
    },
    'a certificate that is not for a cluster': {
      cluster: HUB,
      organizations: ['system:masters'],
      status: 403,
      message: /does not belong to a cluster/,
    },
    'an unknown path': { cluster: HUB, path: '/auth/other', status: 404, message: /no such path: \/auth\/other/ },
    'a path without a valid cluster name': {
      cluster: HUB,
      path: '/auth/authz/..%2f',
      status: 404,
      message: /no such path/,
    },
    'another method': { cluster: HUB, method: 'GET', status: 405, message: /POST a SubjectAccessReview/ },
  };
  for (const [name, { status, message, ...asked }] of Object.entries(refused)) {
    test(`${name} is refused`, async () => {
      const reply = await askWebhook(stack, { ...asked, body: asked.method === 'GET' ? '' : reviewBody(getPod) });
      assert.equal(reply.status, status);
      assert.match(reply.body.message ?? '', message);
      assert.equal(reply.body.status?.allowed, undefined);
    });
  }

  test('a client without a certificate, or with one of another CA, gets no connection', async () => {
    await assert.rejects(askWebhook(stack, { body: reviewBody(getPod) }));
    const stranger = await createAuthority('stranger');
    const certificate = await stranger.issue({
      commonName: 'global',
      organizations: ['steward:clusters'],
      usages: ['client'],
    });
    await assert.rejects(askWebhook(stack, { certificate, body: reviewBody(getPod) }));
  });
});

describe('bad input is never allowed:', () => {
  const review = JSON.parse(reviewBody(getPod)) as Record<string, unknown>;
  const bodies: Record<string, { body: string; status: number; message: RegExp }> = {
    'a body that is not JSON': { body: '{"apiVersion":', status: 400, message: /not JSON/ },
    'an empty body': { body: '', status: 400, message: /not JSON/ },
    'an object of another kind': { body: JSON.stringify({ ...review, kind: 'Pod' }), status: 400, message: /kind/ },
    'an unknown apiVersion': {
      body: JSON.stringify({ ...review, apiVersion: 'authorization.k8s.io/v9' }),
      status: 400,
      message: /apiVersion/,
    },
    'a review without spec': { body: JSON.stringify({ ...review, spec: undefined }), status: 400, message: /spec/ },
    'a review with neither resource nor path': {
      body: reviewBody({ user: 'ann', groups: ['tenant:acme'] }),
      status: 400,
      message: /exactly one of resourceAttributes/,
    },
    'a review with both resource and path': {
      body: reviewBody({ ...getPod, nonResourceAttributes: { verb: 'get', path: '/' } }),
      status: 400,
      message: /exactly one of resourceAttributes/,
    },
    'an empty user': { body: reviewBody({ ...getPod, user: '' }), status: 400, message: /spec.user is empty/ },
    'groups that are not a list': {
      body: reviewBody({ ...getPod, groups: 'tenant:acme' }),
      status: 400,
      message: /groups/,
    },
    'a body of 1 MB': {
      body: reviewBody({ ...getPod, user: 'a'.repeat(1_000_000) }),
      status: 413,
      message: /larger than 524288 bytes/,
    },
  };
  for (const [name, { body, status, message }] of Object.entries(bodies)) {
    test(name, async () => {
      const reply = await askWebhook(stack, { cluster: HUB, body });
      assert.equal(reply.status, status);
      assert.match(reply.body.message ?? '', message);
    });
  }

  const strangers: Record<string, { spec: object; reason: RegExp }> = {
    "a user name with '##'": { spec: { ...getPod, user: 'x##user##ann' }, reason: /contains '##'/ },
    "a tenant with '##'": { spec: { ...getPod, groups: ['tenant:acme##user##ann'] }, reason: /contains '##'/ },
    'a user without a tenant': { spec: { ...getPod, groups: [] }, reason: /belongs to no tenant/ },
    'a user of two tenants': {
      spec: { ...getPod, groups: ['tenant:acme', 'tenant:default'] },
      reason: /more than one tenant/,
    },
    'a system user': { spec: { ...getPod, user: 'system:serviceaccount:dev:ann' }, reason: /system users/ },
    'a v1 review with the groups of v1beta1': {
      spec: { ...getPod, groups: undefined, group: ['tenant:acme'] },
      reason: /belongs to no tenant/,
    },
  };
  for (const [name, { spec, reason }] of Object.entries(strangers)) {
    test(name, async () => {
      const { status, body } = await askWebhook(stack, { cluster: HUB, body: reviewBody(spec) });
      assert.equal(status, 200);
      assert.equal(body.status?.allowed, false);
      assert.match(body.status?.reason ?? '', reason);
    });
  }
});

describe('the process', () => {
  test('reloads its certificate without a restart', async () => {
    const serial = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: stack.webhookPort, ca: stack.webhook.authority.cert }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const before = await serial();
    const renewed = await stack.webhook.authority.issue({
      commonName: PROCESS_NAMES.authorizer,
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
    });
    await writeFile(stack.webhook.keyFile, renewed.key);
    await writeFile(stack.webhook.certFile, renewed.cert);
    await eventually('the new certificate is served', async () => (await serial()) !== before);
    assert.equal((await askWebhook(stack, { cluster: HUB, body: reviewBody(getPod) })).body.status?.allowed, true);
  });

  test('counts its decisions', async () => {
    const health = stack.processes.get(PROCESS_NAMES.authorizer)?.health ?? '';
    const metrics = await (await fetch(`${health}/metrics`)).text();
    for (const decision of ['allow', 'deny', 'none', 'error']) {
      assert.match(metrics, new RegExp(`authorize_duration_seconds_count\\{decision="${decision}"\\} [1-9]`), decision);
    }
  });

  test('is not ready and answers 503 until it has read the Rules', async () => {
    await stack.processes.get(PROCESS_NAMES.authorizer)?.child.stop();
    await stack.kubectl(['delete', 'clusterrolebinding', 'steward-authorizer']);
    const { health } = await stack.start(AUTHORIZER);
    await eventually('the process is live', async () => (await fetch(`${health}/healthz`)).ok);
    await eventually('/readyz names the cache of rules', async () =>
      (await (await fetch(`${health}/readyz`)).text()).includes('[-] cache of rules: not read yet'),
    );
    const reply = await eventually('the webhook accepts connections', () =>
      askWebhook(stack, { cluster: HUB, body: reviewBody(getPod) }),
    );
    assert.equal(reply.status, 503);
    await stack.kubectl(['apply', '--server-side', '-k', 'config/rbac']);
    await eventually('the process becomes ready by itself', async () => (await fetch(`${health}/readyz`)).ok, 40_000);
  });
});
