/**
 * The story of a platform team and the team that it serves, from the installation to the deletion of the last cluster,
 * with real API servers. Claire runs the platform, Reggie operates the clusters of team retail, and Kim writes its
 * software. Local clusters have no nodes: a real kube-controller-manager creates the Pods of Deployments, but no
 * container runs.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { untilAllReady } from '../../hack/local/samples.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { clusterOf } from '../support/cluster-conditions.ts';
import { adminKubeconfig } from '../support/cluster-credentials.ts';
import { assertNothingLeft, processesIn } from '../support/cluster-leftovers.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { startOutageProbe } from '../support/outage-probe.ts';
import { plugin } from '../support/run-plugin.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

const [NEW = '', OLD = ''] = RELEASES.map(({ kubernetes }) => kubernetes);

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-story-'));
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

type Person = 'reggie' | 'kim';
const fileOf = (person: Person, at: string): string => path.join(directory, `${person}-${at}.kubeconfig`);

const policy = (name: string, user: Person, actions: string[], resources: string[]): object => ({
  apiVersion: 'auth.tkestack.io/v1',
  kind: 'Policy',
  metadata: { name },
  spec: {
    tenantID: 'retail',
    scope: 'platform',
    statement: { actions, resources, effect: 'allow' },
    users: [{ id: user }],
  },
});
const inCluster = (cluster: string): object => ({
  apiVersion: 'business.tkestack.io/v1',
  kind: 'Namespace',
  metadata: { name: `search-${cluster}`, namespace: 'prj-search' },
  spec: { tenantID: 'retail', clusterName: cluster, namespace: 'search' },
});
/** The permissions and the project that Claire creates for team retail. */
const ACCESS = [
  policy(
    'pol-order',
    'reggie',
    ['createCluster', 'listClusters', 'getClusterplan', 'listClusterplans'],
    ['cluster:*', 'clusterplan:*'],
  ),
  policy('pol-operate', 'reggie', ['getCluster', 'updateCluster', 'createClusterCredentials'], ['cluster:retail-*']),
  policy('pol-inside', 'reggie', ['*'], ['cluster:retail-*/*']),
  policy('pol-enter', 'kim', ['getCluster', 'createClusterCredentials'], ['cluster:retail-*']),
  ...(['reggie', 'kim'] as const).map((user) =>
    policy(
      `pol-requests-${user}`,
      user,
      ['createCertificatesigningrequest', 'getCertificatesigningrequest'],
      ['certificatesigningrequest:*'],
    ),
  ),
  {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name: 'pol-develop' },
    spec: {
      tenantID: 'retail',
      scope: 'project',
      statement: {
        actions: ['get*', 'list*', 'create*', 'update*'],
        resources: ['*namespace:*/deployment:*', '*namespace:*/configmap:*', '*namespace:*/pod:*'],
        effect: 'allow',
      },
    },
  },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prj-search' } },
  {
    apiVersion: 'business.tkestack.io/v1',
    kind: 'Project',
    metadata: { name: 'prj-search' },
    spec: { tenantID: 'retail', displayName: 'Search', members: ['kim'] },
  },
  inCluster('retail-test'),
  inCluster('retail-prod'),
  {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Grant',
    metadata: { name: 'gnt-search' },
    spec: {
      tenantID: 'retail',
      scope: 'project',
      projectID: 'prj-search',
      policies: ['pol-develop'],
      users: [{ id: 'kim' }],
    },
  },
];
const OFFER = [
  ...RELEASES.map(({ kubernetes }) => ({
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'ClusterRelease',
    metadata: { name: kubernetes },
    spec: { version: kubernetes, channel: kubernetes === OLD ? 'stable' : 'rapid' },
  })),
  {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'ClusterPlan',
    metadata: { name: 'small' },
    spec: { provider: 'Local', channel: 'stable', controlPlane: { replicas: 1, min: 1, max: 3 } },
  },
  {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'ClusterPlan',
    metadata: { name: 'large' },
    spec: { provider: 'Local', channel: 'rapid', controlPlane: { replicas: 3, min: 3, max: 3 } },
  },
];
const SEARCH = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'elasticsearch', labels: { app: 'elasticsearch' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'elasticsearch' } },
      template: {
        metadata: { labels: { app: 'elasticsearch' } },
        spec: { containers: [{ name: 'elasticsearch', image: 'registry.example/elasticsearch:8' }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'elasticsearch' },
    spec: { type: 'LoadBalancer', selector: { app: 'elasticsearch' }, ports: [{ port: 9200 }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'only-search' },
    spec: {
      podSelector: { matchLabels: { app: 'elasticsearch' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'search' } } }] }],
    },
  },
];

const claire = (...args: string[]): ReturnType<typeof plugin> => plugin(stack.controlPlane.kubeconfig, ...args);
const steward = (person: Person, ...args: string[]): ReturnType<typeof plugin> =>
  plugin(fileOf(person, 'hub'), ...args);

/** Runs kubectl as a person in a cluster. Fails unless it succeeds. */
async function inside(person: Person, cluster: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await stack.controlPlane.kubectl(
    [...args, `--kubeconfig=${fileOf(person, cluster)}`],
    input,
  );
  assert.equal(code, 0, `${person}: kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function refused(person: Person, cluster: string, args: readonly string[]): Promise<string> {
  const { code, stderr } = await stack.controlPlane.kubectl([...args, `--kubeconfig=${fileOf(person, cluster)}`]);
  assert.notEqual(code, 0);
  return stderr;
}

async function succeeds(run: ReturnType<typeof plugin>, shows: RegExp): Promise<void> {
  const { code, output } = await run;
  assert.equal(code, 0, output);
  assert.match(output, shows);
}

/** Returns the team's objects in a cluster, without the fields that the API server adds. */
async function softwareIn(cluster: string): Promise<object[]> {
  const { items } = JSON.parse(
    await inside('reggie', cluster, [
      'get',
      'deployments,services,networkpolicies,configmaps',
      '-n',
      'search',
      '-o',
      'json',
    ]),
  ) as {
    items: {
      apiVersion: string;
      kind: string;
      metadata: { name: string; labels?: object };
      spec?: object;
      data?: object;
    }[];
  };
  return items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map(({ apiVersion, kind, metadata: { name, labels }, spec, data }) => ({
      apiVersion,
      kind,
      metadata: { name, ...(labels && { labels }) },
      ...(spec && { spec: withoutAddresses(spec) }),
      ...(data && { data }),
    }));
}

/** Removes the addresses and node ports of a Service, which each cluster assigns. */
function withoutAddresses(spec: object): object {
  const { clusterIP: _, clusterIPs: __, healthCheckNodePort: ___, ports, ...rest } = spec as Record<string, unknown>;
  return Array.isArray(ports)
    ? { ...rest, ports: (ports as Record<string, unknown>[]).map(({ nodePort: ____, ...port }) => port) }
    : rest;
}

describe('a platform team and the team that it serves:', () => {
  test('Claire installs Steward, offers two plans, and gives Reggie and Kim permissions', async () => {
    stack = await startStack({ directory });
    await stack.kubectl(['apply', '--server-side', '-f', '-'], yamlOf([...OFFER, ...ACCESS]));
    await untilAllReady(stack);
    for (const person of ['reggie', 'kim'] as const)
      await writeUserKubeconfig(stack.controlPlane, { user: person, tenant: 'retail' }, fileOf(person, 'hub'));
    await succeeds(claire('plans'), /large +Local[^]*small +Local/);
  });

  test('Reggie creates a test cluster and chooses its size', async () => {
    await succeeds(
      steward(
        'reggie',
        'create-cluster',
        'retail-test',
        '--tenant',
        'retail',
        '--plan',
        'small',
        '--control-plane-replicas',
        '1',
        '--wait',
      ),
      /cluster retail-test is ready/,
    );
    await succeeds(steward('reggie', 'clusters'), new RegExp(`retail-test +retail +Local +${OLD} +1 +Running +yes`));
    const { code, output } = await steward(
      'kim',
      'create-cluster',
      'retail-more',
      '--tenant',
      'retail',
      '--plan',
      'small',
    );
    assert.notEqual(code, 0);
    assert.match(output, /kim.*no policy allows it/);
  });

  test('Reggie deploys Elasticsearch with a network policy and a load balancer', async () => {
    await succeeds(
      steward('reggie', 'get-credentials', 'retail-test', '--file', fileOf('reggie', 'retail-test')),
      /as reggie/,
    );
    await inside('reggie', 'retail-test', ['create', 'namespace', 'search']);
    await inside('reggie', 'retail-test', ['apply', '-n', 'search', '-f', '-'], yamlOf(SEARCH));
    await eventually(
      'the Pods are created',
      async () =>
        (await inside('reggie', 'retail-test', ['get', 'pods', '-n', 'search', '-o', 'name'])).trim().split('\n')
          .length === 2,
    );
  });

  test('Kim deploys her service and its data, and has access to nothing else', async () => {
    await succeeds(steward('kim', 'get-credentials', 'retail-test', '--file', fileOf('kim', 'retail-test')), /as kim/);
    await inside('kim', 'retail-test', [
      'create',
      'deployment',
      'search',
      '--image=registry.example/search:1',
      '-n',
      'search',
    ]);
    await inside('kim', 'retail-test', ['create', 'configmap', 'data', '--from-literal=books=42', '-n', 'search']);
    assert.match(await inside('kim', 'retail-test', ['get', 'pods', '-n', 'search']), /search-/);
    assert.match(
      await refused('kim', 'retail-test', ['get', 'networkpolicies', '-n', 'search']),
      /no policy allows it/,
    );
    assert.match(await refused('kim', 'retail-test', ['get', 'pods', '-n', 'kube-system']), /is in no project/);
  });

  test('Reggie scales the cluster up', { timeout: 240_000 }, async () => {
    await succeeds(steward('reggie', 'resize', 'retail-test', '3', '--wait'), /cluster retail-test is ready/);
    const { status, metadata } = await clusterOf(stack, 'retail-test');
    assert.deepEqual(status?.controlPlane, { desired: 3, ready: 3, upToDate: 3 });
    const running = processesIn(metadata.uid ?? '?');
    assert.deepEqual(
      ['etcd', 'kube-apiserver'].map((program) => running.filter((each) => each === program).length),
      [3, 3],
    );
    assert.match(
      (await steward('reggie', 'resize', 'retail-test', '5')).output,
      /5 control plane replicas requested, but the cluster's plan allows at least 1 and at most 3/,
    );
  });

  test('Claire upgrades the cluster, and its API stays available', { timeout: 300_000 }, async (t) => {
    const before = await softwareIn('retail-test');
    const { status } = await clusterOf(stack, 'retail-test');
    const probe = startOutageProbe(
      `${status?.server ?? ''}/api/v1/namespaces/search/configmaps/data`,
      await adminKubeconfig(stack, 'retail-test'),
    );
    t.after(probe);
    await succeeds(claire('upgrade-cluster', 'retail-test', NEW, '--wait'), /cluster retail-test is ready/);
    const { asked, failures } = await probe();
    assert.ok(asked > 50, `${asked} probes`);
    assert.deepEqual(failures, []);
    assert.match(
      await inside('kim', 'retail-test', ['get', '--raw', '/version']),
      new RegExp(`"gitVersion": "${NEW}"`),
    );
    assert.deepEqual(await softwareIn('retail-test'), before);
  });

  test('Claire creates a bigger cluster for production', { timeout: 240_000 }, async () => {
    await succeeds(
      claire('create-cluster', 'retail-prod', '--tenant', 'retail', '--plan', 'large', '--wait'),
      /cluster retail-prod is ready/,
    );
    assert.deepEqual((await clusterOf(stack, 'retail-prod')).status?.controlPlane, {
      desired: 3,
      ready: 3,
      upToDate: 3,
    });
  });

  test('Reggie and Kim move their objects to the new cluster, with the same permissions', async () => {
    for (const person of ['reggie', 'kim'] as const)
      await succeeds(
        steward(person, 'get-credentials', 'retail-prod', '--file', fileOf(person, 'retail-prod')),
        new RegExp(`as ${person}`),
      );
    await inside('reggie', 'retail-prod', ['create', 'namespace', 'search']);
    const software = await softwareIn('retail-test');
    const isKims = (each: object): boolean =>
      ['data', 'search'].includes((each as { metadata: { name: string } }).metadata.name);
    await inside('kim', 'retail-prod', ['create', '-n', 'search', '-f', '-'], yamlOf(software.filter(isKims)));
    await inside(
      'reggie',
      'retail-prod',
      ['create', '-n', 'search', '-f', '-'],
      yamlOf(software.filter((each) => !isKims(each))),
    );
    assert.equal(software.length, 5);
    assert.deepEqual(await softwareIn('retail-prod'), software);
    assert.match(await refused('kim', 'retail-prod', ['get', 'pods', '-n', 'kube-system']), /is in no project/);
  });

  test('Claire scales the test cluster down', { timeout: 240_000 }, async () => {
    await succeeds(claire('resize', 'retail-test', '1', '--wait'), /cluster retail-test is ready/);
    const { metadata } = await clusterOf(stack, 'retail-test');
    assert.deepEqual(processesIn(metadata.uid ?? '?'), [
      'balancer',
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
    ]);
    assert.equal(
      await inside('kim', 'retail-test', ['get', 'configmap', 'data', '-n', 'search', '-o', 'jsonpath={.data.books}']),
      '42',
    );
  });

  test('Claire deletes both clusters, and nothing of them is left', { timeout: 240_000 }, async () => {
    await stack.kubectl(['delete', 'namespaces.business.tkestack.io', '--all', '-n', 'prj-search']);
    for (const name of ['retail-test', 'retail-prod'])
      await succeeds(claire('delete-cluster', name, '--wait'), /gone|deleted/);
    await assertNothingLeft(stack, directory);
  });
});
