/**
 * A cluster of type Local from its manifest to its deletion, with all parts real: created, used by a developer
 * according to the hub's policies, upgraded by a minor version, and deleted without a trace. It is scaled in
 * test/e2e/team-story.test.ts.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump } from 'js-yaml';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { AUTHORIZER, CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { patchCluster } from '../support/change-cluster.ts';
import { clusterOf, untilClusterReady, untilReadyReason } from '../support/cluster-conditions.ts';
import { adminKubeconfig, requestCredentials, userKubeconfig } from '../support/cluster-credentials.ts';
import { assertNothingLeft, processesIn } from '../support/cluster-leftovers.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { processNamed } from '../support/product-processes.ts';
import { plugin } from '../support/run-plugin.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

const [NEW, OLD] = RELEASES.map(({ kubernetes }) => kubernetes);
const DEVELOPER = ['--as=dora', '--as-group=tenant:acme'];

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-local-'));
  stack = await startStack({
    directory,
    processes: [AUTHORIZER, CLUSTER_CONTROLLER, processNamed(PROCESS_NAMES.policy)],
  });
  await stack.kubectl(['apply', '--server-side', '-f', '-'], yamlOf(MANIFESTS));
  await untilClusterReady(stack, 'dev', 600_000);
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const policy = (name: string, actions: string[], resources: string[], effect = 'allow'): object => ({
  apiVersion: 'auth.tkestack.io/v1',
  kind: 'Policy',
  metadata: { name },
  spec: { tenantID: 'acme', scope: 'platform', statement: { actions, resources, effect }, users: [{ id: 'dora' }] },
});
const MANIFESTS = [
  {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'ClusterPlan',
    metadata: { name: 'small' },
    spec: {
      provider: 'Local',
      version: OLD,
      controlPlane: { replicas: 1, min: 1, max: 3 },
      nodePools: [{ name: 'all', replicas: 0, max: 2 }],
      serviceCIDR: '10.97.0.0/16',
    },
  },
  {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name: 'dev' },
    spec: { tenantID: 'acme', type: 'Local', plan: 'small' },
  },
  policy('pol-credentials', ['createClusterCredentials'], ['cluster:dev']),
  policy('pol-see', ['getCluster'], ['cluster:dev']),
  policy('pol-new', ['getMutating*'], ['cluster:dev*']),
  policy('pol-team', ['get*', 'list*', 'create*'], ['cluster:dev/namespace:team/*']),
  policy('pol-no-secrets', ['*'], ['cluster:dev/namespace:team/secret:*'], 'deny'),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'ask-for-credentials' },
    rules: [
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['create', 'get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'ask-for-credentials' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ask-for-credentials' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }],
  },
];

const patch = (spec: object): Promise<void> => patchCluster(stack, 'dev', spec);

/** Runs kubectl with this kubeconfig, in a member cluster. */
async function memberKubectl(
  kubeconfig: string,
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const file = path.join(directory, 'member.kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  // The last --kubeconfig counts.
  return stack.controlPlane.kubectl([...args, `--kubeconfig=${file}`]);
}

async function ofMember(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await memberKubectl(await adminKubeconfig(stack, 'dev'), args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

describe('a local cluster', () => {
  test('has the version and size of its plan, and the address of its server in its status', async () => {
    const { status, metadata } = await clusterOf(stack, 'dev');
    assert.equal(status?.phase, 'Running');
    assert.equal(status?.version, OLD);
    assert.deepEqual(status?.controlPlane, { desired: 1, ready: 1, upToDate: 1 });
    assert.equal(status?.lastAction?.state, 'succeeded');
    const version = JSON.parse(await ofMember(['get', '--raw', '/version'])) as { gitVersion: string };
    assert.equal(version.gitVersion, OLD);
    assert.deepEqual(processesIn(metadata.uid ?? '?'), [
      'balancer',
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
    ]);
    await ofMember(['create', 'namespace', 'team']);
    await ofMember(['create', 'configmap', 'kept', '-n', 'team', '--from-literal=a=b']);
  });

  test("accepts a developer's credentials from the hub, and decides by the hub's policies", async () => {
    const credentials = await requestCredentials(stack, 'dev', DEVELOPER);
    const { status } = await clusterOf(stack, 'dev');
    const kubeconfig = userKubeconfig(status?.server ?? '', await adminKubeconfig(stack, 'dev'), credentials);
    const may = async (...question: string[]): Promise<string> =>
      (await memberKubectl(kubeconfig, ['auth', 'can-i', ...question])).stdout.trim();
    await eventually(
      'the developer may list configmaps',
      async () => (await may('list', 'configmaps', '-n', 'team')) === 'yes',
    );
    assert.match(await may('get', 'secrets', '-n', 'team'), /^no - .*: Policy pol-no-secrets denies /);
    assert.match(await may('list', 'configmaps', '-n', 'default'), /^no/);
    assert.equal((await memberKubectl(kubeconfig, ['get', 'configmap', 'kept', '-n', 'team'])).code, 0);
    assert.match((await memberKubectl(kubeconfig, ['get', 'secrets', '-n', 'team'])).stderr, /forbidden/i);
  });

  test('works with the commands of the plugin', async () => {
    const dora = { user: 'dora', tenant: 'acme' };
    const hub = await writeUserKubeconfig(stack.controlPlane, dora, path.join(directory, 'dora.kubeconfig'));
    const own = path.join(directory, 'own.kubeconfig');
    assert.match(
      (await plugin(hub, 'get-credentials', 'dev', '--file', own, '--hours', '1')).output,
      /as dora, valid until \d{4}-\d\d-\d\dT/,
    );
    assert.equal(
      (await stack.controlPlane.kubectl(['get', 'configmap', 'kept', '-n', 'team', `--kubeconfig=${own}`])).code,
      0,
    );
    assert.match(
      (await plugin(hub, 'get-credentials', 'other')).output,
      /dora may not get credentials of cluster other/,
    );
    const admin = stack.controlPlane.kubeconfig;
    assert.match(
      (await plugin(admin, 'clusters')).output,
      new RegExp(`dev +acme +Local +${OLD ?? ''} +1 +Running +yes`),
    );
    assert.match((await plugin(admin, 'cluster', 'dev')).output, /Last action: +CREATE succeeded[^]*EtcdReady +True/);
    assert.match((await plugin(admin, 'plans')).output, /small +Local +v1\.\d+\.\d+ +1 \(1 to 3\)/);
    assert.match((await plugin(admin, 'resize', 'dev', '1', '--wait')).output, /cluster dev is ready/);
    assert.match((await plugin(admin, 'resize', 'dev', '--num-nodes', '2')).output, /type Local has no workers/);
    assert.match(
      (await plugin(admin, 'create-cluster', 'big', '--tenant', 'acme', '--plan', 'small', '--num-nodes', '1')).output,
      /type Local has no workers/,
    );
    assert.match(
      (
        await plugin(
          admin,
          'create-cluster',
          'big',
          '--tenant',
          'acme',
          '--plan',
          'small',
          '--control-plane-replicas',
          '3',
          '--dry-run',
        )
      ).output,
      /kind: Cluster[^]*replicas: 3/,
    );
    const planned = (await plugin(admin, 'upgrade-cluster', 'dev', NEW ?? '', '--dry-run')).output;
    assert.match(
      planned,
      new RegExp(
        `version: ${NEW ?? ''}[^]*upgraded from ${OLD ?? ''} to ${NEW ?? ''}:\\n  replace its control plane replica`,
      ),
    );
    assert.match(
      planned,
      /will also match resources that the new version adds:\n {2}Policy pol-new: allow getMutating\* on cluster:dev\*\n {4}added: mutatingadmission[^\n]*\n {4}held by: user dora/,
    );
    assert.match(
      (await plugin(hub, 'upgrade-cluster', 'dev', NEW ?? '', '--dry-run')).output,
      /The effect on permissions is unknown: .*rules/,
    );
    assert.match((await plugin(admin, 'upgrade-cluster', 'dev', 'v1.30.0')).output, /can't go back to v1\.30\.0/);
    assert.match((await plugin(admin, 'detach-cluster', 'dev')).output, /is of type Local: use delete-cluster/);
  });

  test('denies credentials to a user without permission, with a reason', async () => {
    const { answered } = await requestCredentials(stack, 'dev', ['--as=eve', '--as-group=tenant:acme']);
    const denied = answered.status?.conditions?.find(({ type }) => type === 'Denied');
    assert.equal(denied?.reason, 'Forbidden');
    assert.match(denied?.message ?? '', /eve may not get credentials of cluster dev/);
    assert.equal(answered.status?.certificate ?? '', '');
  });

  const REFUSED: Record<string, { spec: object; says: RegExp }> = {
    'a downgrade': { spec: { version: 'v1.30.0' }, says: /can't go back to v1\.30\.0: set version to v1\.35/ },
    'a downgrade by a patch version': { spec: { version: 'v1.35.0' }, says: /can't go back to v1\.35\.0/ },
    'a skipped minor version': { spec: { version: 'v1.39.0' }, says: /would skip 3 minor version/ },
    'another major version': { spec: { version: 'v2.0.0' }, says: /would skip to another major version/ },
    'more control plane replicas than its plan allows': {
      spec: { controlPlane: { replicas: 5 } },
      says: /5 control plane replicas requested, but the cluster's plan allows at least 1 and at most 3/,
    },
    'more workers than its plan allows': {
      spec: { nodePools: [{ name: 'all', replicas: 9 }] },
      says: /9 workers requested in pool all, but the cluster's plan allows at most 2/,
    },
  };
  for (const [what, { spec, says }] of Object.entries(REFUSED)) {
    test(`refuses ${what} at admission`, async () => {
      const { code, stderr } = await stack.controlPlane.kubectl([
        'patch',
        'cluster',
        'dev',
        '--type=merge',
        '-p',
        JSON.stringify({ spec }),
      ]);
      assert.equal(code, 1);
      assert.match(stderr, says);
    });
  }

  test('is not created with more control plane replicas or workers than its plan allows', async () => {
    const create = async (spec: object): Promise<string> => {
      const big = {
        apiVersion: 'platform.tkestack.io/v1',
        kind: 'Cluster',
        metadata: { name: 'big' },
        spec: { tenantID: 'acme', type: 'Local', plan: 'small', ...spec },
      };
      return (await stack.controlPlane.kubectl(['create', '-f', '-'], dump(big))).stderr;
    };
    assert.match(
      await create({ controlPlane: { replicas: 5 } }),
      /5 control plane replicas requested, but ClusterPlan small allows at least 1 and at most 3/,
    );
    assert.match(
      await create({ nodePools: [{ name: 'all', replicas: 9 }] }),
      /9 workers requested in pool all, but ClusterPlan small allows at most 2/,
    );
  });

  test('keeps its objects when it is upgraded', { timeout: 120_000 }, async () => {
    await patch({ version: NEW });
    const { status } = await untilClusterReady(stack, 'dev', 100_000);
    assert.equal(status?.version, NEW);
    assert.equal(status?.lastAction?.type, 'UPGRADE');
    assert.equal(status?.lastAction?.from, OLD);
    assert.equal((JSON.parse(await ofMember(['get', '--raw', '/version'])) as { gitVersion: string }).gitVersion, NEW);
    assert.equal(await ofMember(['get', 'configmap', 'kept', '-n', 'team', '-o', 'jsonpath={.data.a}']), 'b');
  });

  test('had its permissions reviewed before the upgrade, by the resources that it served then', async () => {
    const { status } = await clusterOf(stack, 'dev');
    const reviewed = (status?.conditions ?? []).find(({ type }) => type === 'PermissionsReviewed');
    assert.equal(reviewed?.reason, 'PermissionsGained', reviewed?.message);
    assert.match(
      reviewed.message,
      /Policy pol-new allows getMutating\* on cluster:dev\*: mutatingadmissionpolicies.* held by user dora of tenant acme$/,
    );
  });

  test('keeps its objects when it is stopped and started', { timeout: 120_000 }, async () => {
    const { metadata } = await clusterOf(stack, 'dev');
    const admin = stack.controlPlane.kubeconfig;
    assert.match((await plugin(admin, 'stop-cluster', 'dev', '--wait')).output, /cluster dev is stopped/);
    assert.deepEqual(processesIn(metadata.uid ?? '?'), []);
    const { status } = await clusterOf(stack, 'dev');
    assert.deepEqual([status?.phase, status?.reason, status?.version], ['Idling', 'Stopped', NEW]);
    assert.match((await plugin(admin, 'start-cluster', 'dev', '--wait')).output, /cluster dev is ready/);
    assert.equal(await ofMember(['get', 'configmap', 'kept', '-n', 'team', '-o', 'jsonpath={.data.a}']), 'b');
  });

  test('is not removed while it is protected or a project has a namespace in it, and says why', async () => {
    await stack.kubectl(['create', 'namespace', 'prj-a']);
    await stack.kubectl(
      ['create', '-f', '-'],
      dump({
        apiVersion: 'business.tkestack.io/v1',
        kind: 'Namespace',
        metadata: { name: 'team', namespace: 'prj-a' },
        spec: { tenantID: 'acme', clusterName: 'dev', namespace: 'team' },
      }),
    );
    await patch({ deletionProtection: true });
    assert.match(
      (await plugin(stack.controlPlane.kubeconfig, 'delete-cluster', 'dev', '--wait')).output,
      /protected from deletion[^]*kubectl patch cls dev/,
    );
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--wait=false']);
    await untilReadyReason(stack, 'dev', 'DeletionProtected');
    await patch({ deletionProtection: false });
    assert.match(await untilReadyReason(stack, 'dev', 'Terminating'), /Namespace prj-a\/team/);
    await stack.kubectl(['delete', 'namespaces.business.tkestack.io', 'team', '-n', 'prj-a']);
  });

  test('leaves no process, file or Secret behind', async () => {
    await eventually(
      'the cluster is gone',
      async () => (await stack.controlPlane.kubectl(['get', 'clusters.platform.tkestack.io', 'dev'])).code === 1,
      60_000,
    );
    await assertNothingLeft(stack, directory);
  });
});
