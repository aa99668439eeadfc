/**
 * The Secret with the files that a cluster's machines need to call the authorizer. The hub is a stub that stores
 * Secrets.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../../api/installation.ts';
import type { Secret } from '../../../api/kubernetes/core.ts';
import type { KubeObject, ObjectRef, Resource } from '../../../api/object.ts';
import type { Cluster } from '../../../api/platform/cluster.ts';
import type { Client, Patch } from '../../../runtime/client/client.ts';
import type { Logger } from '../../../runtime/log.ts';
import { AUTHORIZER_FILES, type AuthorizerSource } from '../../connections/authorization-files.ts';
import { createAuthority } from '../../controlplane/certificates.ts';
import type { StepContext } from '../provider.ts';
import { type Authorization, ensureAuthorization } from './authorization.ts';
import type { ClassFacts } from './manifest.ts';

const log: Logger = { error() {}, info() {}, debug() {}, child: () => log };
const facts: ClassFacts = { name: 'quick', namespace: 'clusters', workers: [], variables: ['stewardAuthorization'] };
const webhook = { connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/elsewhere' } };
const cluster: Cluster = {
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name: 'dev', uid: 'u1' },
  spec: { tenantID: 'acme', type: 'ClusterAPI' },
};

let source: AuthorizerSource;
let secret: Secret | undefined;
let writes = 0;

const client = {
  get: (_: Resource, { name, namespace }: ObjectRef) =>
    Promise.resolve(name === 'dev-authorization' && namespace === 'clusters' ? secret : undefined),
  create: (_: Resource, object: KubeObject) => Promise.resolve(kept(object)),
  patch: (_: Resource, __: ObjectRef, { body }: Patch) =>
    Promise.resolve(kept({ ...secret, ...(body as object) } as KubeObject)),
} as unknown as Client;

function kept(object: KubeObject): Secret {
  writes += 1;
  return (secret = object);
}

function ensure(from: AuthorizerSource | 'none' = source, of: ClassFacts = facts): Promise<Authorization> {
  const context: StepContext = {
    cluster,
    goal: undefined,
    client,
    namespace: INSTALLATION_NAMESPACE,
    log,
    signal: new AbortController().signal,
  };
  return ensureAuthorization(
    context,
    { apiVersion: 'v1beta2', namespace: 'clusters', name: 'dev', object: undefined },
    of,
    from === 'none' ? undefined : from,
  );
}

const put = (name: keyof typeof AUTHORIZER_FILES, text: string): Promise<void> =>
  writeFile(path.join(source.directory, AUTHORIZER_FILES[name]), text);
const text = (field: string): string => Buffer.from(secret?.data?.[field] ?? '', 'base64').toString('utf8');

before(async () => {
  source = {
    url: 'https://authorizer:9443',
    directory: await mkdtemp(path.join(tmpdir(), 'steward-capi-authorization-')),
  };
});
beforeEach(async () => {
  [secret, writes] = [undefined, 0];
  const authority = await createAuthority('ca');
  await put('configuration', JSON.stringify({ authorizers: [{ type: 'Webhook', webhook }] }));
  await put('ca', authority.cert);
  await put('clientCa', authority.cert);
  await put('clientCaKey', authority.key);
});
after(() => rm(source.directory, { recursive: true, force: true }));

test('the files use the paths on the machine, and the variable names their Secret', async () => {
  const { value, summary } = await ensure();
  assert.equal(value?.secretName, 'dev-authorization');
  assert.match(summary, /https:\/\/authorizer:9443/);
  assert.match(text('authorization.yaml'), /kubeConfigFile: \/etc\/kubernetes\/steward\/webhook\.kubeconfig/);
  assert.match(text('webhook.kubeconfig'), /server: https:\/\/authorizer:9443\/auth\/authz\/dev/);
  assert.match(text('webhook.kubeconfig'), /client-key-data: /);
});

test('a second run writes nothing, so no machine is replaced', async () => {
  const first = await ensure();
  assert.deepEqual(await ensure(), first);
  assert.equal(writes, 1);
});

test('a new CA of the authorizer reaches the machines', async () => {
  const first = await ensure();
  await put('ca', (await createAuthority('another')).cert);
  const second = await ensure();
  assert.notEqual(second.value?.revision, first.value?.revision);
  assert.equal(writes, 2);
});

test('without the variable in the class, or without an authorizer, only RBAC decides, and the message says so', async () => {
  for (const { value, summary } of [await ensure(source, { ...facts, variables: [] }), await ensure('none')]) {
    assert.equal(value, undefined);
    assert.match(summary, /only RBAC decides/);
  }
  assert.equal(writes, 0);
});

test('a Secret of that name that was not created for the cluster is left alone', async () => {
  secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'dev-authorization', namespace: 'clusters' },
    data: {},
  };
  await assert.rejects(ensure(), /was not created for this cluster/);
  assert.equal(writes, 0);
});
