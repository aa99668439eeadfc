/** Hooks, with a fake API server and a real TLS server for webhooks. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { type ConfigMap, configMaps, jobs } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { ALL_TENANTS_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import type { StepResult } from '../../clusters/providers/provider.ts';
import type { Logger } from '../../runtime/log.ts';
import { FakeApiServer } from '../../test/support/fake-api-server/fake-api-server.ts';
import { hookStep } from './hooks.ts';

/** Stands for a ConfigMap for all tenants. */
const EVERY = '(every tenant)';
const JOB =
  'apiVersion: batch/v1\nkind: Job\nmetadata: {name: mine, namespace: kube-system, labels: {a: b}}\nspec: {backoffLimit: 0, template: {spec: {serviceAccountName: sa}}}\n';

const cluster = (
  name = 'cls-a',
  more: Partial<Cluster['metadata']> = {},
  spec: Partial<Cluster['spec']> = {},
): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name, uid: `u-${name}`, generation: 1, ...more },
  spec: { tenantID: 'acme', type: 'Local', ...spec },
});
const configMap = (text: string | undefined = JOB, tenant: string | undefined = 'acme'): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'cm',
    namespace: INSTALLATION_NAMESPACE,
    labels: tenant === undefined ? {} : tenant === EVERY ? { [ALL_TENANTS_LABEL]: 'true' } : { [TENANT_LABEL]: tenant },
  },
  data: text === undefined ? {} : { 'job.yaml': text },
});
const log: Logger = { error: () => undefined, info: () => undefined, debug: () => undefined, child: () => log };

function hubWith(held?: ConfigMap): FakeApiServer {
  const hub = new FakeApiServer();
  if (held !== undefined) hub.seed(configMaps, held);
  return hub;
}

/** All Jobs end with this condition. */
function end(hub: FakeApiServer, type: 'Complete' | 'Failed'): void {
  for (const job of hub.list(jobs))
    hub.seed(jobs, { ...job, status: { conditions: [{ type, status: 'True', reason: 'R', message: 'm' }] } });
}

const jobHook: Hook = { name: 'tell', moment: 'BeforeCreate', job: { configMap: 'cm' } };
const take = (
  hub: FakeApiServer,
  of: Cluster = cluster(),
  hook: Hook = jobHook,
  signal: AbortSignal = new AbortController().signal,
): Promise<StepResult> =>
  hookStep(hook).run({
    cluster: of,
    goal: undefined,
    client: hub.client(),
    namespace: INSTALLATION_NAMESPACE,
    log,
    signal,
  });
const reasonOf = (result: StepResult): string => (result.state === 'done' ? 'done' : result.reason);

describe('a Job', () => {
  test('is created once, in the namespace of the installation and owned by the cluster, whatever its text says', async () => {
    const hub = hubWith(configMap());
    for (let times = 0; times < 3; times += 1) assert.equal(reasonOf(await take(hub)), 'HookRunning');
    const [job] = hub.list(jobs);
    assert.equal(hub.list(jobs).length, 1);
    assert.equal(job?.metadata.namespace, INSTALLATION_NAMESPACE);
    assert.deepEqual(job.metadata.ownerReferences, [
      { apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', name: 'cls-a', uid: 'u-cls-a' },
    ]);
    assert.equal(job.metadata.labels?.['a'], undefined);
    assert.deepEqual(job.spec, { backoffLimit: 0, template: { spec: { serviceAccountName: 'sa' } } });
  });
  test('that is complete is done; one that failed says how to read its log', async () => {
    const hub = hubWith(configMap());
    await take(hub);
    end(hub, 'Complete');
    assert.equal(reasonOf(await take(hub)), 'done');
    end(hub, 'Failed');
    const failed = await take(hub);
    assert.equal(reasonOf(failed), 'HookFailed');
    assert.match(failed.message, /kubectl logs job\//);
  });
  test('runs again for another generation', async () => {
    const hub = hubWith(configMap());
    await take(hub);
    end(hub, 'Complete');
    assert.equal(reasonOf(await take(hub, cluster('cls-a', { generation: 2 }))), 'HookRunning');
  });

  const long = 'team-production-europe-west-north';
  const others: Record<string, { readonly of?: Cluster; readonly hook?: Hook }> = {
    'of a cluster whose name starts the same': { of: cluster(`${long}-2`) },
    'of a cluster of another tenant whose name starts the same': {
      of: cluster(`${long}-2`, {}, { tenantID: 'other' }),
    },
    'of a hook whose name starts the same': { hook: { ...jobHook, name: 'tell-everybody-that-it-begins-now' } },
    'of an earlier cluster of the same name': { of: cluster(`${long}-1`, { uid: 'u-new' }) },
  };
  for (const [
    what,
    { of = cluster(`${long}-1`), hook = { ...jobHook, name: 'tell-everybody-that-it-begins-soon' } },
  ] of Object.entries(others)) {
    test(`${what} is not mistaken for this one`, async () => {
      const hub = hubWith(configMap(JOB, EVERY));
      await take(hub, cluster(`${long}-1`), { ...jobHook, name: 'tell-everybody-that-it-begins-soon' });
      end(hub, 'Complete');
      assert.notEqual(reasonOf(await take(hub, of, hook)), 'done');
    });
  }

  test('has a valid name, however long the names of cluster and hook are', async () => {
    const hub = hubWith(configMap());
    await take(hub, cluster(`${'a'.repeat(23)}.${'b'.repeat(39)}`, { generation: 123_456_789 }), {
      ...jobHook,
      name: `${'c'.repeat(62)}d`,
    });
    for (const { metadata } of hub.list(jobs)) assert.match(metadata.name, /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
  });
});

describe('a ConfigMap', () => {
  const cases: Record<string, { held: ConfigMap | undefined; reason: string }> = {
    'of the tenant is used': { held: configMap(), reason: 'HookRunning' },
    'for all tenants is used': { held: configMap(JOB, EVERY), reason: 'HookRunning' },
    'that does not exist is reported': { held: undefined, reason: 'HookNotFound' },
    'without the key is reported': { held: { ...configMap(), data: {} }, reason: 'HookNotFound' },
    'of another tenant is refused': { held: configMap(JOB, 'other'), reason: 'HookOfAnotherTenant' },
    'without a tenant is refused': {
      held: { ...configMap(), metadata: { name: 'cm', namespace: INSTALLATION_NAMESPACE } },
      reason: 'HookOfAnotherTenant',
    },
    'with an empty label is refused': { held: configMap(JOB, ''), reason: 'HookOfAnotherTenant' },
    'with another kind is refused': {
      held: configMap(JOB.replace('kind: Job', 'kind: CronJob')),
      reason: 'HookInvalid',
    },
    'with another group is refused': {
      held: configMap(JOB.replace('batch/v1', 'rbac.authorization.k8s.io/v1')),
      reason: 'HookInvalid',
    },
    'with two documents is refused': { held: configMap(`${JOB}---\n${JOB}`), reason: 'HookInvalid' },
    'that is not YAML is refused': { held: configMap('{'), reason: 'HookInvalid' },
  };
  for (const [what, { held, reason }] of Object.entries(cases)) {
    test(what, async () => {
      const hub = hubWith(held);
      assert.equal(reasonOf(await take(hub)), reason);
      assert.equal(hub.list(jobs).length, reason === 'HookRunning' ? 1 : 0);
    });
  }
});

const [authority, other] = [await createAuthority('hooks-ca'), await createAuthority('other')];
const serving = await authority.issue({ commonName: 'hooks', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let server: Server;
let url: string;
let bodies: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
before(async () => {
  server = createServer(serving, (request, response) => {
    const parts: Buffer[] = [];
    request
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => {
        bodies.push(`${request.method ?? ''} ${Buffer.concat(parts).toString()}`);
        answer(request, response);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  bodies = [];
});

const webhook = (more: Partial<NonNullable<Hook['webhook']>> = {}): Hook => ({
  name: 'ask',
  moment: 'AfterCreate',
  webhook: { url, caBundle: base64(authority.cert), timeoutSeconds: 1, ...more },
});
const says =
  (status: number, text: string): typeof answer =>
  (_, response) =>
    void response.writeHead(status).end(text);
const ask = (hook = webhook(), of = cluster(), signal?: AbortSignal): Promise<StepResult> =>
  take(hubWith(), of, hook, signal);

describe('a webhook', () => {
  test('gets the cluster with POST, without machines and their passwords', async () => {
    answer = says(200, '{"complete": true}');
    const of = cluster(
      'cls-a',
      {},
      {
        machines: [{ ip: '10.0.0.1', password: base64('s3cret') }],
        scalingMachines: [{ ip: '10.0.0.2', privateKey: base64('s3cret') }],
        displayName: 'A',
      },
    );
    assert.equal(reasonOf(await ask(webhook(), of)), 'done');
    const [body = ''] = bodies;
    assert.ok(body.startsWith('POST {'));
    assert.deepEqual(JSON.parse(body.slice(5)), {
      hook: 'ask',
      moment: 'AfterCreate',
      cluster: {
        metadata: { name: 'cls-a', uid: 'u-cls-a', generation: 1 },
        spec: { tenantID: 'acme', type: 'Local', displayName: 'A' },
      },
    });
  });

  const answers: Record<string, { status?: number; text: string; reason: string }> = {
    'that reports completion is done': { text: '{"complete": true, "message": "fine"}', reason: 'done' },
    'that reports no completion yet is polled': {
      text: '{"complete": false, "message": "soon"}',
      reason: 'HookRunning',
    },
    'that reports completion with another status has failed': {
      status: 201,
      text: '{"complete": true}',
      reason: 'HookFailed',
    },
    'that redirects has failed': { status: 307, text: '{"complete": true}', reason: 'HookFailed' },
    'that reports completion as a string has failed': { text: '{"complete": "true"}', reason: 'HookFailed' },
    'with an empty answer has failed': { text: '', reason: 'HookFailed' },
    'that answers with a list has failed': { text: '[{"complete": true}]', reason: 'HookFailed' },
    'that answers with HTML has failed': { text: '<html>complete: true</html>', reason: 'HookFailed' },
    'that reports completion in a prototype has failed': {
      text: '{"__proto__": {"complete": true}}',
      reason: 'HookFailed',
    },
  };
  for (const [what, { status = 200, text, reason }] of Object.entries(answers)) {
    test(what, async () => {
      answer = says(status, text);
      assert.equal(reasonOf(await ask()), reason);
    });
  }

  test('with a certificate of another CA gets no data', async () => {
    answer = says(200, '{"complete": true}');
    for (const caBundle of [base64(other.cert), base64('no certificate'), '%'])
      assert.equal(reasonOf(await ask(webhook({ caBundle }))), 'HookUnreachable');
    const { caBundle: _, ...without } = webhook().webhook ?? { url };
    assert.equal(reasonOf(await ask({ ...webhook(), webhook: without })), 'HookUnreachable');
    assert.deepEqual(bodies, []);
  });
  test('of an unknown authority: the message names our field, not an option of Node.js', async () => {
    const { caBundle: _, ...without } = webhook().webhook ?? { url };
    const result = await ask({ ...webhook(), webhook: without });
    const { message } = result;
    assert.ok(message.includes('hooks[].webhook.caBundle'), message);
    assert.ok(!message.includes('Node.js') && !message.includes('--'), message);
  });
  test('with a certificate for another host name says so', async () => {
    const { message } = await ask(webhook({ url: url.replace('127.0.0.1', 'localhost') }));
    assert.ok(message.includes('hooks[].webhook.url'), message);
  });
  test('with an answer that is too long or never ends is unreachable', async () => {
    answer = says(200, `{"complete": true, "message": "${'x'.repeat(100_000)}"}`);
    assert.equal(reasonOf(await ask()), 'HookUnreachable');
    answer = () => undefined;
    assert.equal(reasonOf(await ask()), 'HookUnreachable');
    answer = (_, response) => void response.writeHead(200).write('{"complete": true');
    assert.equal(reasonOf(await ask()), 'HookUnreachable');
  });
  test('that does not exist is unreachable', async () =>
    assert.equal(reasonOf(await ask(webhook({ url: 'https://127.0.0.1:1/' }))), 'HookUnreachable'));
  test('that is asked while the process is stopping says nothing about the cluster', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    await assert.rejects(ask(webhook(), cluster(), stop.signal), { name: 'AbortError' });
  });
});
