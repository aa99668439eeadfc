import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { dump, load } from 'js-yaml';
import * as z from 'zod';
import { createAuthority } from '../controlplane/certificates.ts';
import { AUTHORIZER_FILES, type AuthorizerSource, writeAuthorization } from './authorization-files.ts';

const [clientCa, serverCa] = [await createAuthority('client-ca'), await createAuthority('server-ca')];
const webhook = {
  timeout: '3s',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/elsewhere' },
  matchConditions: [{ expression: '!(1 > 2)' }],
};
const CONFIGURATION = {
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthorizationConfiguration',
  authorizers: [
    { type: 'Webhook', name: 'steward', webhook },
    { type: 'RBAC', name: 'rbac' },
  ],
};

let folder: string;
let source: AuthorizerSource;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-authorization-'));
  source = { url: 'https://127.0.0.1:9443', directory: path.join(folder, 'source') };
  await mkdir(source.directory);
  const files = {
    configuration: dump(CONFIGURATION),
    ca: serverCa.cert,
    clientCa: clientCa.cert,
    clientCaKey: clientCa.key,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(source.directory, AUTHORIZER_FILES[name as keyof typeof AUTHORIZER_FILES]), text);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kubeconfig = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([z.object({ user: z.object({ 'client-certificate': z.string(), 'client-key': z.string() }) })]),
});

test('the cluster has a path and a certificate of its own, in files that only their owner may read', async () => {
  const target = path.join(folder, 'cls-a');
  await writeAuthorization(source, 'cls-a', target);
  const {
    clusters: [{ cluster }],
    users: [{ user }],
  } = kubeconfig.parse(load(await readFile(path.join(target, 'webhook.kubeconfig'), 'utf8')));
  assert.equal(cluster.server, 'https://127.0.0.1:9443/auth/authz/cls-a');
  assert.equal(Buffer.from(cluster['certificate-authority-data'], 'base64').toString(), serverCa.cert);
  const certificate = new X509Certificate(await readFile(user['client-certificate']));
  assert.equal(certificate.subject, 'O=steward:clusters\nCN=cls-a');
  assert.ok(certificate.verify(new X509Certificate(clientCa.cert).publicKey));
  for (const file of [user['client-key'], path.join(target, 'webhook.kubeconfig')])
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(target)).mode & 0o777, 0o700);
});

test('the configuration differs from its source only in the path of the webhook kubeconfig', async () => {
  const target = path.join(folder, 'cls-a');
  const { config } = await writeAuthorization(source, 'cls-a', target);
  const [first, ...rest] = CONFIGURATION.authorizers;
  const own = {
    ...webhook,
    connectionInfo: { ...webhook.connectionInfo, kubeConfigFile: path.join(target, 'webhook.kubeconfig') },
  };
  assert.deepEqual(load(await readFile(config, 'utf8')), {
    ...CONFIGURATION,
    authorizers: [{ ...first, webhook: own }, ...rest],
  });
});

test('a second run requires no restart of the kube-apiserver; a new CA does', async () => {
  const target = path.join(folder, 'cls-a');
  const first = await writeAuthorization(source, 'cls-a', target);
  assert.deepEqual(await writeAuthorization(source, 'cls-a', target), first);
  await writeFile(path.join(source.directory, AUTHORIZER_FILES.ca), clientCa.cert);
  assert.notDeepEqual((await writeAuthorization(source, 'cls-a', target)).depends, first.depends);
  const other = await createAuthority('another');
  await writeFile(path.join(source.directory, AUTHORIZER_FILES.clientCa), other.cert);
  await writeFile(path.join(source.directory, AUTHORIZER_FILES.clientCaKey), other.key);
  assert.notEqual((await writeAuthorization(source, 'cls-a', target)).depends[0], first.depends[0]);
});

const BROKEN: Record<string, (directory: string) => Promise<void>> = {
  'without a file': (directory) => rm(path.join(directory, AUTHORIZER_FILES.clientCaKey)),
  'with a configuration of another shape': (directory) =>
    writeFile(path.join(directory, AUTHORIZER_FILES.configuration), 'authorizers: [{webhook: {}}]'),
  'with an invalid key': (directory) => writeFile(path.join(directory, AUTHORIZER_FILES.clientCaKey), 'KEY'),
};
for (const [what, spoil] of Object.entries(BROKEN)) {
  test(`a source ${what} is an error, and no configuration is written`, async () => {
    await spoil(source.directory);
    const target = path.join(folder, 'cls-a');
    await assert.rejects(writeAuthorization(source, 'cls-a', target));
    await assert.rejects(stat(path.join(target, 'authorization.yaml')), { code: 'ENOENT' });
  });
}
