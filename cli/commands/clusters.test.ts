/** Runs the cluster commands against a stub hub. Against a real one: test/integration/local-cluster.test.ts. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { load } from 'js-yaml';
import { createAuthority, createRequest } from '../../clusters/controlplane/certificates.ts';
import { plugin } from '../../test/support/run-plugin.ts';
import { type StubHub, startStubHub } from '../../test/support/stub-hub.ts';

const PLATFORM = '/apis/platform.tkestack.io/v1';
const DEV = `${PLATFORM}/clusters/dev`;
const PLAN = `${PLATFORM}/clusterplans/small`;
const apiVersion = 'platform.tkestack.io/v1';

let hub: StubHub;
before(async () => {
  hub = await startStubHub();
});
after(async () => {
  await hub?.stop();
});
beforeEach(() => {
  hub.get = () => undefined;
  hub.writes.length = 0;
});

/** Sets the objects of the hub by path; a function is called for each request. */
function serve(objects: Readonly<Record<string, object | (() => object | undefined)>>): void {
  hub.get = (at) => {
    const found = objects[at];
    return typeof found === 'function' ? (found as () => object | undefined)() : found;
  };
}

function cluster(spec: object, status: object = {}): object {
  return {
    apiVersion,
    kind: 'Cluster',
    metadata: {
      name: 'dev',
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['platform.tkestack.io/cluster'],
      managedFields: [],
      labels: { team: 'red' },
      annotations: {
        'platform.tkestack.io/review-permissions': 'required',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
    },
    spec: { tenantID: 'acme', type: 'Local', ...spec },
    status,
  };
}

const plan = (provider: string): object => ({
  apiVersion,
  kind: 'ClusterPlan',
  metadata: { name: 'small' },
  spec: { provider, nodePools: [{ name: 'all', replicas: 1 }] },
});
const CREATE = ['create-cluster', 'dev', '--tenant', 'acme', '--plan', 'small'];

const REFUSED: Record<string, { type: string; args: string[]; says: RegExp }> = {
  'workers for a new Local cluster': {
    type: 'Local',
    args: [...CREATE, '--num-nodes', '2'],
    says: /Local has no workers.*--control-plane-replicas/,
  },
  'a hostname for a new ClusterAPI cluster': {
    type: 'ClusterAPI',
    args: [...CREATE, '--external-hostname', 'k8s.example.com'],
    says: /ClusterClass.*spec\.clusterAPI\.variables/,
  },
  'workers for a Local cluster': {
    type: 'Local',
    args: ['resize', 'dev', '--num-nodes', '2'],
    says: /resize NAME CONTROL-PLANE-REPLICAS/,
  },
  'workers for a Local cluster with --dry-run': {
    type: 'Local',
    args: ['resize', 'dev', '--num-nodes', '2', '--dry-run'],
    says: /has no workers/,
  },
  'control plane replicas for an imported cluster': {
    type: 'Imported',
    args: ['resize', 'dev', '3'],
    says: /the owner of an imported cluster decides its (size|version)/,
  },
  'a version for an imported cluster': {
    type: 'Imported',
    args: ['upgrade-cluster', 'dev', 'v1.36.3'],
    says: /the owner of an imported cluster decides its (size|version)/,
  },
};
describe('refused with a reason before anything is written:', () => {
  for (const [what, { type, args, says }] of Object.entries(REFUSED)) {
    test(what, async () => {
      serve({ [PLAN]: plan(type), [DEV]: cluster({ type }) });
      const { code, output } = await plugin(hub.kubeconfig, ...args);
      assert.deepEqual([code, hub.writes], [2, []], output);
      assert.match(output, says);
    });
  }
});

for (const spelling of ['--control-plane-replicas', '--members', '-m']) {
  test(`create-cluster takes ${spelling}`, async () => {
    serve({ [PLAN]: plan('Local') });
    const { code, output } = await plugin(hub.kubeconfig, ...CREATE, spelling, '3', '--dry-run', '-o', 'json');
    assert.equal(code, 0, output);
    assert.deepEqual(JSON.parse(output).spec.controlPlane, { replicas: 3 });
  });
}

test('create-cluster refuses the new and the old spelling together, and does not list the old one', async () => {
  const both = await plugin(hub.kubeconfig, ...CREATE, '--members', '3', '--control-plane-replicas', '1');
  assert.deepEqual([both.code, hub.writes], [2, []], both.output);
  const help = await plugin(undefined, 'create-cluster', '--help');
  assert.match(help.output, /--control-plane-replicas/);
  assert.doesNotMatch(help.output, /--members/);
});

test('a cluster whose fields all have an effect is created', async () => {
  serve({ [PLAN]: plan('ClusterAPI') });
  assert.equal((await plugin(hub.kubeconfig, ...CREATE, '--num-nodes', '2')).code, 0);
  assert.deepEqual(
    hub.writes.map(({ asked }) => asked),
    [`POST ${PLATFORM}/clusters`],
  );
});

test('--wait ends with a warning for each field that was ignored', async () => {
  const conditions = [{ type: 'Ready', status: 'True', message: 'it is', observedGeneration: 3 }];
  serve({ [DEV]: cluster({}, { conditions, ignoredFields: ['spec.addons'] }) });
  const { code, output } = await plugin(hub.kubeconfig, 'resize', 'dev', '3', '--wait');
  assert.equal(code, 0, output);
  assert.match(output, /^warning: spec\.addons has no effect: clusters of type Local/m);
});

const MANIFEST = {
  apiVersion,
  kind: 'Cluster',
  metadata: {
    name: 'dev',
    labels: { team: 'red' },
    annotations: { 'platform.tkestack.io/review-permissions': 'required' },
  },
};
describe('--dry-run', () => {
  test('of a change prints the manifest with labels and annotations, without what the server added', async () => {
    serve({ [DEV]: cluster({}) });
    const { output } = await plugin(hub.kubeconfig, 'resize', 'dev', '3', '--dry-run');
    assert.deepEqual(load(output), {
      ...MANIFEST,
      spec: { tenantID: 'acme', type: 'Local', controlPlane: { replicas: 3 } },
    });
    assert.deepEqual(hub.writes, []);
  });
  for (const [verb, type] of [
    ['delete-cluster', 'Local'],
    ['detach-cluster', 'Imported'],
  ] as const) {
    test(`of ${verb} prints the object that would be deleted, for kubectl delete -f`, async () => {
      serve({ [DEV]: cluster({ type }) });
      const { code, output } = await plugin(hub.kubeconfig, verb, 'dev', '--dry-run', '-o', 'yaml');
      assert.equal(code, 0, output);
      assert.match(output, /^# .*cluster dev would be (deleted|detached)$/m);
      assert.deepEqual(load(output), { ...MANIFEST, spec: { tenantID: 'acme', type } });
      assert.deepEqual(hub.writes, []);
    });
  }
});

describe('delete-cluster', () => {
  for (const field of ['deletionProtection', 'paused']) {
    test(`refuses a cluster with spec.${field} and says what to do`, async () => {
      serve({ [DEV]: cluster({ [field]: true }) });
      const { code, output } = await plugin(hub.kubeconfig, 'delete-cluster', 'dev', '--wait');
      assert.deepEqual([code, hub.writes], [2, []], output);
      assert.match(output, new RegExp(`spec\\.${field}[^]*kubectl patch cls dev .*"${field}":false`));
    });
    test(`stops waiting when spec.${field} is set meanwhile`, async () => {
      serve({ [DEV]: () => cluster({ [field]: hub.writes.length > 0 }) });
      const { code, output } = await plugin(hub.kubeconfig, 'delete-cluster', 'dev', '--wait');
      assert.deepEqual([code, hub.writes.length], [2, 1], output);
    });
  }
  test('stops waiting when the removal stalls', async () => {
    const conditions = ['Ready', 'Stalled'].map((type) => ({
      type,
      status: type === 'Ready' ? 'False' : 'True',
      message: 'no such provider',
      observedGeneration: 3,
    }));
    serve({ [DEV]: () => cluster({}, hub.writes.length > 0 ? { conditions } : {}) });
    const { code, output } = await plugin(hub.kubeconfig, 'delete-cluster', 'dev', '--wait');
    assert.equal(code, 2);
    assert.match(output, /not gone yet: no such provider/);
  });
  test('deletes a cluster that is not protected, and waits until it is gone', async () => {
    serve({ [DEV]: () => (hub.writes.length > 0 ? undefined : cluster({ deletionProtection: false })) });
    const { code, output } = await plugin(hub.kubeconfig, 'delete-cluster', 'dev', '--wait');
    assert.equal(code, 0, output);
    assert.match(output, /cluster dev is deleted/);
  });
});

test('a hub that fails ends the command with exit code 3 and its message, without a stack trace', async () => {
  serve({ [DEV]: { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd is away' } });
  const { code, output } = await plugin(hub.kubeconfig, 'cluster', 'dev');
  assert.equal(code, 3, output);
  assert.match(output, /^error: .*etcd is away\n$/);
});

const REQUESTS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

describe('get-credentials', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'steward-cli-'));
  after(() => rmSync(folder, { recursive: true }));
  const GET = ['get-credentials', 'dev', '--file', path.join(folder, 'kubeconfig')];

  interface SentRequest {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly request: string };
  }

  /** Serves a cluster of that type; `status` answers its CertificateSigningRequests. */
  function answering(type: string, status: (request: string) => object): void {
    serve({ [DEV]: cluster({ type }, { server: 'https://127.0.0.1:1', caBundle: 'Y2E=' }) });
    const others = hub.get;
    hub.get = (at) => {
      const sent = hub.writes.at(-1)?.body as SentRequest | undefined;
      return at === `${REQUESTS}/${sent?.metadata.name ?? ''}`
        ? { ...sent, spec: { ...sent?.spec, username: 'claire' }, status: status(sent?.spec.request ?? '') }
        : others(at);
    };
  }

  test('prints the end of the certificate, which may be earlier than was asked for', async () => {
    const authority = await createAuthority('dev');
    const key = await createRequest('user');
    const cert = await authority.certify(key.request, { commonName: 'claire', organizations: [], seconds: 600 });
    answering('Local', () => ({ certificate: Buffer.from(cert).toString('base64') }));
    const { code, output } = await plugin(hub.kubeconfig, ...GET, '--hours', '24');
    assert.equal(code, 0, output);
    assert.ok(output.includes(`as claire, valid until ${new X509Certificate(cert).validToDate.toISOString()}`), output);
  });

  const WAYS: Record<string, RegExp> = {
    Imported: /no key here\n.*imported[^]*group tenant:ID/,
    ClusterAPI: /no key here\n.*not created yet/,
    Local: /no key here\nAsk the people who provide/,
  };
  for (const [type, says] of Object.entries(WAYS)) {
    test(`says what to do instead if no one can sign for a cluster of type ${type}`, async () => {
      answering(type, () => ({
        conditions: [{ type: 'Denied', status: 'True', reason: 'NoSigner', message: 'no key here' }],
      }));
      const { code, output } = await plugin(hub.kubeconfig, ...GET);
      assert.equal(code, 2);
      assert.match(output, says);
    });
  }

  test('names a file that cannot be written, and asks the hub for nothing', async () => {
    for (const file of [path.join(folder, 'no-such-folder/x'), path.join(hub.kubeconfig, 'x')]) {
      const { code, output } = await plugin(hub.kubeconfig, 'get-credentials', 'dev', '--file', file);
      assert.deepEqual([code, hub.writes], [2, []]);
      assert.ok(output.startsWith(`error: cannot write ${file}: its folder `), output);
      assert.match(output, /--file\.$/m);
    }
  });

  for (const hours of ['48', '0.1', 'long']) {
    test(`refuses --hours ${hours} and names the limits`, async () => {
      const { code, output } = await plugin(hub.kubeconfig, ...GET, '--hours', hours);
      assert.deepEqual([code, hub.writes], [2, []]);
      assert.match(output, /from 10 minutes \(0\.17\) to 24 hours/);
    });
  }
});

describe('authorization-files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'steward-cli-'));
  after(() => rmSync(folder, { recursive: true }));
  const ASK = ['authorization-files', 'dev', '--authorizer-url', 'https://hub:6443', '--authorizer-directory', folder];
  before(async () => {
    const authority = await createAuthority('clients');
    writeFileSync(
      path.join(folder, 'authorization.yaml'),
      'authorizers: [{type: Webhook, webhook: {connectionInfo: {kubeConfigFile: x}}}]',
    );
    writeFileSync(path.join(folder, 'ca.crt'), authority.cert);
    writeFileSync(path.join(folder, 'client-ca.crt'), authority.cert);
    writeFileSync(path.join(folder, 'client-ca.key'), authority.key);
  });

  test('writes files that only the user can read', async () => {
    const directory = path.join(folder, 'new/files');
    const { code, output } = await plugin(undefined, ...ASK, '--directory', directory);
    assert.equal(code, 0, output);
    for (const name of ['authorization.yaml', 'webhook.kubeconfig'])
      assert.equal(statSync(path.join(directory, name)).mode & 0o777, 0o600);
  });

  test('names a folder that cannot be created', async () => {
    const directory = path.join(folder, 'ca.crt/files');
    const { code, output } = await plugin(undefined, ...ASK, '--directory', directory);
    assert.equal(code, 2);
    assert.ok(output.startsWith(`error: cannot write ${directory}: `), output);
    assert.doesNotMatch(output, /\n {4}at /, 'no stack trace');
  });
});
