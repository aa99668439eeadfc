/**
 * Tanzu manifests become Clusters on a real control plane. One cluster is really created and deleted, by the cluster
 * controller with the Local provider. The kinds of Cluster API are served without its controllers.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { minorOf } from '../../api/kubernetes/version.ts';
import { KUBERNETES_VERSION, RELEASES } from '../../clusters/controlplane/release.ts';
import { type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER, TANZU_CONTROLLER } from '../../processes/processes.ts';
import { rbacOf } from '../../processes/rbac.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { patchCluster } from '../support/change-cluster.ts';
import { serveClusterAPI } from '../support/cluster-api-crds.ts';
import { eventually } from '../support/eventually.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../controllers/tanzu-cluster/examples');
const TENANT = 'platform.tkestack.io/tenant';
const LIMIT_MS = 90_000;

interface Found {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Record<string, string>;
    readonly finalizers?: string[];
  };
  readonly spec: Record<string, unknown>;
  readonly status?: Record<string, unknown> & { readonly conditions?: readonly Condition[] };
}

let directory: string;
let stack: Stack;
let running: RunningProcess;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-tanzu-'));
  stack = await startStack({ directory, processes: [] });
  for (const manifest of [
    ...[TANZU_CONTROLLER.access, CLUSTER_CONTROLLER.access].flatMap(rbacOf),
    ...RELEASES.map(({ kubernetes }) => releaseOf(kubernetes)),
  ])
    await apply(manifest);
  await serveClusterAPI(stack);
  await apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'team-blue',
      labels: { [TENANT]: 'acme' },
      annotations: { 'platform.tkestack.io/cluster-type': 'Local' },
    },
  });
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-green', labels: { [TENANT]: 'acme' } } });
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'unlabelled' } });
  await untilReady(await stack.start(CLUSTER_CONTROLLER));
  running = await stack.start(TANZU_CONTROLLER);
  await untilReady(running);
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const apply = (manifest: object): Promise<string> =>
  stack.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(manifest));
const releaseOf = (version: string): object => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: version },
  spec: { version },
});

const tkc = (name: string, namespace: string, more: object = {}, version = 'v1.35'): object => ({
  apiVersion: 'run.tanzu.vmware.com/v1alpha3',
  kind: 'TanzuKubernetesCluster',
  metadata: { name, namespace, ...more },
  spec: {
    topology: {
      controlPlane: { replicas: 1, vmClass: 'm', storageClass: 's', tkr: { reference: { name: version } } },
      nodePools: [{ name: 'w', replicas: 2 }],
    },
  },
});
const capi = 'clusters.cluster.x-k8s.io';
const ours = 'clusters.platform.tkestack.io';
const get = async (kind: string, name: string, namespace = 'default'): Promise<Found> =>
  JSON.parse(await stack.kubectl(['get', kind, name, '-n', namespace, '-o', 'json'])) as Found;
const names = async (kind: string): Promise<string[]> =>
  (await stack.kubectl(['get', kind, '-A', '-o', 'jsonpath={.items[*].metadata.name}']))
    .split(' ')
    .filter((name) => name !== '');
const condition = ({ status }: Found, type: string): Condition | undefined =>
  status?.conditions?.find((each) => each.type === type);

/** Waits until a condition of a TanzuKubernetesCluster has this reason. Returns the object. */
function until(name: string, namespace: string, type: string, reason: string): Promise<Found> {
  return eventually(
    `${type} of ${name} is ${reason}`,
    async () => {
      const found = await get('tkc', name, namespace);
      return condition(found, type)?.reason === reason && found;
    },
    LIMIT_MS,
  );
}

describe('the tenant of a cluster', () => {
  test('comes from the label of the Namespace: without it, no Cluster is created, whatever the object claims', async () => {
    await apply(tkc('loose', 'unlabelled', { labels: { [TENANT]: 'acme' }, annotations: { [TENANT]: 'acme' } }));
    await until('loose', 'unlabelled', 'Ready', 'TenantMissing');
    assert.deepEqual(await names(ours), []);
  });
  test('comes from the Namespace even if the object claims another tenant', async () => {
    await apply(tkc('claims', 'team-green', { labels: { [TENANT]: 'other' }, annotations: { [TENANT]: 'other' } }));
    await until('claims', 'team-green', 'Ready', 'ClassNotFound');
    assert.equal((await get(ours, 'team-green-claims')).spec['tenantID'], 'acme');
  });
  test('does not change when the Namespace gets another tenant', async () => {
    const before = await get(ours, 'team-green-claims');
    await stack.kubectl(['label', 'namespace', 'team-green', `${TENANT}=other`, '--overwrite']);
    await until('claims', 'team-green', 'Ready', 'TenantChanged');
    await stack.kubectl(['label', 'namespace', 'team-green', `${TENANT}=acme`, '--overwrite']);
    await until('claims', 'team-green', 'Ready', 'ClassNotFound');
    assert.deepEqual((await get(ours, 'team-green-claims')).spec, before.spec);
  });
  test('gives no access to a Cluster of the same name that a user created, not even by deleting the object', async () => {
    await apply({
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'team-green-taken' },
      spec: { tenantID: 'north', type: 'ClusterAPI', version: KUBERNETES_VERSION, paused: true },
    });
    const before = await get(ours, 'team-green-taken');
    await apply(tkc('taken', 'team-green'));
    const message = condition(await until('taken', 'team-green', 'Ready', 'ClusterOfAnother'), 'Ready')?.message ?? '';
    assert.ok(!message.includes('north'), message);
    await stack.kubectl(['delete', 'tkc', 'taken', '-n', 'team-green', '--timeout=20s']);
    const { spec, metadata } = await get(ours, 'team-green-taken');
    assert.deepEqual(
      [spec, metadata.uid, metadata.annotations?.['platform.tkestack.io/source']],
      [before.spec, before.metadata.uid, undefined],
    );
  });
});

describe("the vendor's example manifest", () => {
  test('applies unchanged, and lists every field that could not be mapped', async () => {
    const text = (await readFile(path.join(EXAMPLES, 'tkc-v1alpha3.yaml'), 'utf8'))
      .replace('namespace: team-blue', 'namespace: team-green')
      .replaceAll('v1.35.4---vmware.1-vkr.1', 'v1.35');
    await stack.kubectl(['apply', '-f', '-'], text);
    const found = await until('tkc-custom', 'team-green', 'FullyMapped', 'FieldsWithoutEffect');
    const listed = (found.status?.['unmappedFields'] ?? []) as string[];
    for (const field of [
      'settings.network.proxy',
      'settings.network.trust',
      'topology.controlPlane.volumes',
      'topology.nodePools[1].failureDomain',
    ]) {
      assert.ok(
        listed.some((each) => each.startsWith(`${field}: `)),
        `${field} in ${listed.join(', ')}`,
      );
      assert.ok(condition(found, 'FullyMapped')?.message.includes(field));
    }
    const { spec } = await get(ours, 'team-green-tkc-custom');
    assert.deepEqual(
      [spec['clusterCIDR'], spec['serviceCIDR'], spec['type']],
      ['192.0.2.0/22', '198.51.100.0/22', 'ClusterAPI'],
    );
  });
  test('with a value that a Cluster cannot have is refused with the message of the Cluster', async () => {
    await stack.kubectl([
      'patch',
      'tkc',
      'tkc-custom',
      '-n',
      'team-green',
      '--type=merge',
      '-p',
      '{"spec":{"topology":{"controlPlane":{"replicas":2}}}}',
    ]);
    assert.match(
      condition(await until('tkc-custom', 'team-green', 'Ready', 'Refused'), 'Ready')?.message ?? '',
      /spec\.controlPlane\.replicas: .*must be 1, 3, 5 or 7/,
    );
  });
});

describe('the Cluster of a TanzuKubernetesCluster', () => {
  test('is created, and its state appears in the status of the object', async () => {
    const text = await readFile(path.join(EXAMPLES, 'tkc-minimal.yaml'), 'utf8');
    await stack.kubectl(['apply', '-f', '-'], text.replace('v1.35', minorOf(KUBERNETES_VERSION)));
    const found = await until('tkc-minimal', 'team-blue', 'Ready', 'Ready');
    const cluster = await get(ours, 'team-blue-tkc-minimal');
    const { status } = found;
    assert.equal(status?.['phase'], 'running');
    assert.equal(status['cluster'], 'team-blue-tkc-minimal');
    assert.equal(status['version'], KUBERNETES_VERSION);
    assert.equal(status['version'], cluster.spec['version']);
    const [{ host, port } = { host: '', port: 0 }] = status['apiEndpoints'] as { host: string; port: number }[];
    assert.equal(cluster.status?.['server'], `https://${host}:${port}`);
    assert.equal(condition(found, 'ControlPlaneReady')?.status, 'True');
    assert.match(
      condition(found, 'FullyMapped')?.message ?? '',
      /spec\.nodePools of Cluster team-blue-tkc-minimal: its provider does not use it/,
    );
  });
  test('is repaired when a user changes it directly', async () => {
    await stack.kubectl([
      'patch',
      ours,
      'team-blue-tkc-minimal',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/nodePools/0/replicas","value":9}]',
    ]);
    await eventually(
      'the Cluster matches the object again',
      async () =>
        (await get(ours, 'team-blue-tkc-minimal')).spec['nodePools'] !== undefined &&
        JSON.stringify((await get(ours, 'team-blue-tkc-minimal')).spec['nodePools']).includes('"replicas":2'),
    );
    await until('tkc-minimal', 'team-blue', 'Ready', 'Ready');
  });
  test('is not written again by a restarted process when nothing changed', async () => {
    const versions = async (): Promise<string[]> => [
      (await get('tkc', 'tkc-minimal', 'team-blue')).metadata.resourceVersion,
      (await get('tkc', 'claims', 'team-green')).metadata.resourceVersion,
    ];
    const before = await versions();
    await running.child.stop();
    running = stack.restart(TANZU_CONTROLLER.access.name);
    await untilReady(running);
    // A new object shows that the process works, and that it has reconciled the others before.
    await apply(tkc('later', 'team-green'));
    await until('later', 'team-green', 'Ready', 'ClassNotFound');
    assert.deepEqual(await versions(), before);
  });
  test('is deleted with the object, which says what the deletion waits for', async () => {
    await patchCluster(stack, 'team-blue-tkc-minimal', { deletionProtection: true });
    await stack.kubectl(['delete', 'tkc', 'tkc-minimal', '-n', 'team-blue', '--wait=false']);
    await eventually(
      'the object says why its deletion waits',
      async () => {
        const found = await get('tkc', 'tkc-minimal', 'team-blue');
        return (
          found.status?.['phase'] === 'deleting' &&
          condition(found, 'Ready')?.reason === 'Deleting' &&
          condition(found, 'Ready')?.message.includes('deletionProtection')
        );
      },
      LIMIT_MS,
    );
    await patchCluster(stack, 'team-blue-tkc-minimal', { deletionProtection: false });
    await eventually(
      'both objects are gone',
      async () =>
        !(await names('tkc')).includes('tkc-minimal') && !(await names(ours)).includes('team-blue-tkc-minimal'),
      LIMIT_MS,
    );
  });
});

describe('a Cluster of Cluster API', () => {
  const input = (more: { name: string; labels?: object }): object => ({
    apiVersion: 'cluster.x-k8s.io/v1beta1',
    kind: 'Cluster',
    metadata: { namespace: 'team-green', ...more },
    spec: {
      topology: {
        class: 'tanzukubernetescluster',
        version: KUBERNETES_VERSION,
        controlPlane: { replicas: 3, metadata: { annotations: { a: 'b' } } },
        workers: { machineDeployments: [{ class: 'node-pool', name: 'np', replicas: 1 }] },
      },
    },
  });
  test("with Tanzu's class becomes a Cluster of Steward, and annotations report its state", async () => {
    await apply(input({ name: 'topology' }));
    const found = await eventually('the annotation has the reason ClassNotFound', async () => {
      const each = await get(capi, 'topology', 'team-green');
      return each.metadata.annotations?.['platform.tkestack.io/ready']?.includes('ClassNotFound') && each;
    });
    assert.equal(found.metadata.annotations?.['platform.tkestack.io/cluster'], 'team-green-topology');
    assert.match(
      found.metadata.annotations['platform.tkestack.io/fully-mapped'] ?? '',
      /^False: .*topology\.controlPlane\.metadata/,
    );
    assert.equal(found.status, undefined);
    assert.deepEqual((await get(ours, 'team-green-topology')).spec['clusterAPI'], {
      class: { name: 'tanzukubernetescluster' },
    });
    await stack.kubectl(['delete', capi, 'topology', '-n', 'team-green', '--timeout=5s', '--wait=false']);
    await eventually(
      'the Cluster of Steward is gone',
      async () => !(await names(ours)).includes('team-green-topology'),
      LIMIT_MS,
    );
  });
  test('that a provider of Steward created, or whose class exists, is left to Cluster API', async () => {
    await apply(input({ name: 'made', labels: { 'platform.tkestack.io/cluster': 'some' } }));
    await apply({
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'ClusterClass',
      metadata: { name: 'tanzukubernetescluster', namespace: 'team-green' },
      spec: {},
    });
    await apply(input({ name: 'classed' }));
    await apply(tkc('last', 'team-green'));
    await until('last', 'team-green', 'Ready', 'ClassNotFound');
    for (const name of ['made', 'classed']) {
      assert.ok(!(await names(ours)).includes(`team-green-${name}`));
      assert.deepEqual((await get(capi, name, 'team-green')).metadata.finalizers, undefined);
    }
  });
});

test('the log of the process has no forbidden requests and no failures', async () => {
  const log = await readFile(running.logFile, 'utf8');
  assert.doesNotMatch(log, /forbidden|"reconcile failed"|unhandled/i);
});
