/** Holds the hand-written manifests, and the processes to each other, to the names in api/installation.ts. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { loadAll } from 'js-yaml';
import * as z from 'zod';
import {
  HUB,
  INSTALLATION_NAMESPACE,
  PROCESS_NAMES,
  TENANT_EXTRA,
  TENANT_GROUP_PREFIX,
  WEBHOOK_PATH,
} from '../api/installation.ts';
import type { KubeObject } from '../api/object.ts';
import { CLUSTER_ORGANIZATION, TENANT_LABEL } from '../api/platform/labels.ts';
import { OWNER_KIND_LABEL } from '../authorization/rules/rule-object.ts';
import { authorizerAccess } from '../authorization/webhook/access.ts';
import { authorizerReplicas } from '../controllers/rule-owner/process.ts';
import { PLAN_ANNOTATION, TYPE_ANNOTATION } from '../controllers/tanzu-cluster/source-mark.ts';
import { ReplicaLease } from '../runtime/election/replica-lease.ts';
import { FakeApiServer } from '../test/support/fake-api-server/fake-api-server.ts';
import { silent } from '../test/support/silent-log.ts';
import { PROCESSES, TANZU_CONTROLLER } from './processes.ts';

const ROOT = path.dirname(import.meta.dirname);

test('a revocation waits for the Leases under the name by which authorizer replicas write them', async () => {
  const server = new FakeApiServer();
  const replica = new ReplicaLease({
    client: server.client(),
    informer: { version: 0, refresh: () => Promise.resolve() },
    process: authorizerAccess.name,
    namespace: INSTALLATION_NAMESPACE,
    identity: 'replica-1',
    durationMs: 60_000,
    log: silent,
  });
  await replica.join(new AbortController().signal);
  assert.deepEqual(await authorizerReplicas(server.client(), INSTALLATION_NAMESPACE).behind(1), ['replica-1']);
});

test('every process has a name of its own, and every name a process', () => {
  const names = [...PROCESSES, TANZU_CONTROLLER].map(({ access }) => access.name);
  assert.deepEqual(names.sort(), Object.values(PROCESS_NAMES).sort());
});

/** Files of config/ that are written by hand, samples aside. */
const FILES = globSync('config/{admission,authorizer,member-authorization,namespace,network-policies,overlays}/**/*', {
  cwd: ROOT,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));

function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The first group of each match of `pattern` in the file. */
function named(file: string, pattern: RegExp): (string | undefined)[] {
  return [...textOf(file).matchAll(pattern)].map(([, name]) => name);
}

describe('the manifests in config/', () => {
  const processes = new Set<string | undefined>(Object.values(PROCESS_NAMES));

  test('were found', () => {
    for (const file of ['config/admission/rule-writers.yaml', 'config/overlays/webhook-before-rbac/webhook.kubeconfig'])
      assert.ok(FILES.includes(file), file);
  });
  for (const file of FILES) {
    test(`${file} names the namespace and the accounts of the installation`, () => {
      for (const namespace of named(file, /^ *namespace: (.+)$/gm)) assert.equal(namespace, INSTALLATION_NAMESPACE);
      for (const name of named(file, /(?:serviceAccountName|app\.kubernetes\.io\/name): (.+)$/gm))
        assert.ok(processes.has(name), name);
      for (const [, namespace, name] of textOf(file).matchAll(/system:serviceaccount:([^:]+):([a-z-]+)/g)) {
        if (namespace === 'kube-system') continue;
        assert.equal(namespace, INSTALLATION_NAMESPACE);
        assert.ok(processes.has(name), name);
      }
    });
  }

  test('create the namespace', () => {
    const [namespace] = loadAll(textOf('config/namespace/namespace.yaml')) as KubeObject[];
    assert.equal(namespace?.metadata.name, INSTALLATION_NAMESPACE);
  });
  test('call the objects of the authorizer by its name', () => {
    for (const object of loadAll(textOf('config/authorizer/deployment.yaml')) as KubeObject[])
      assert.equal(object.metadata.name, PROCESS_NAMES.authorizer, object.kind);
  });
  test('give the files of member clusters to the cluster controller', () => {
    const file = 'config/member-authorization/kustomization.yaml';
    assert.deepEqual(named(file, /kind: Deployment\n +name: (.+)$/gm), [PROCESS_NAMES.cluster]);
  });
});

const kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), 'tls-server-name': z.string() }) })]),
});

for (const file of FILES.filter((each) => each.endsWith('.kubeconfig'))) {
  test(`${file} asks at the path and under the names of the authorizer`, () => {
    const [{ cluster }] = kubeconfig.parse(loadAll(textOf(file))[0]).clusters;
    assert.ok(cluster.server.endsWith(WEBHOOK_PATH), cluster.server);
    assert.equal(cluster['tls-server-name'], `${PROCESS_NAMES.authorizer}.${INSTALLATION_NAMESPACE}.svc`);
    assert.ok(textOf(file).includes(`\`${HUB}\``) && textOf(file).includes(`\`${CLUSTER_ORGANIZATION}\``));
  });
}

describe('admission', () => {
  const boundary = 'config/admission/tenant-boundary.yaml';

  test('reads the tenant of a requester as the authorizer does', () => {
    const extras = named(boundary, /(?:'(\w+)' in request\.userInfo\.extra)/g);
    const inBrackets = named(boundary, /request\.userInfo\.extra\['(\w+)'\]/g);
    assert.deepEqual(new Set([...extras, ...inBrackets]), new Set([TENANT_EXTRA]));
    assert.deepEqual(new Set(named(boundary, /startsWith\('([^']+)'\)/g)), new Set([TENANT_GROUP_PREFIX]));
    assert.deepEqual(named(boundary, /substring\((\d+)\)/g), [String(TENANT_GROUP_PREFIX.length)]);
  });
  test('guards the label and the annotations that the Tanzu controller reads', () => {
    assert.deepEqual(named(boundary, /'(platform\.tkestack\.io\/[a-z-]+)'/g), [
      TENANT_LABEL,
      TYPE_ANNOTATION,
      PLAN_ANNOTATION,
    ]);
  });
  test('reads the owner of a Rule from the label that controllers set', () => {
    const labels = named('config/admission/rule-writers.yaml', /'(auth\.tkestack\.io\/[a-z-]+)'/g);
    assert.deepEqual(new Set(labels), new Set([OWNER_KIND_LABEL]));
  });
});
