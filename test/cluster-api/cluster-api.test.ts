/**
 * The life of a cluster of type ClusterAPI on the real managers of Cluster API. The in-memory provider simulates machines and
 * workload API servers; everything that Steward talks to is real. The cluster controller and the authorizer run as processes
 * with their own rights; some steps are also called directly.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump, load } from 'js-yaml';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES, webhookPathOf } from '../../api/installation.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import { goalOf, isProblem } from '../../clusters/providers/goal.ts';
import type { StepContext, StepResult } from '../../clusters/providers/provider.ts';
import { preflight } from '../../controllers/cluster/preflight.ts';
import { clusterHealthAccess } from '../../controllers/cluster-health/access.ts';
import { type Stack, startStack, untilReady as untilProcessReady } from '../../hack/local/stack.ts';
import { AUTHORIZER, CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { conditionOf, untilClusterReady, untilReadyReason } from '../support/cluster-conditions.ts';
import { eventually } from '../support/eventually.ts';
import { killAtBoundaries } from '../support/kill-at-boundaries.ts';
import { plugin } from '../support/run-plugin.ts';
import { silent } from '../support/silent-log.ts';
import { askWebhook, reviewBody } from '../support/webhook-client.ts';
import { inMemoryClass } from './managers/class.ts';
import { type Managers, startManagers } from './managers/managers.ts';

const HEALTH = { main: 'controllers/cluster-health/main.ts', access: clusterHealthAccess };
const [OLD, NEW] = ['v1.35.4', 'v1.36.1'];
const LIMIT_MS = 400_000;

let directory: string;
let stack: Stack;
let managers: Managers;
let client: Client;
const provider = clusterAPIProvider({ authorization: undefined });

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-cluster-api-'));
  stack = await startStack({ directory, processes: [AUTHORIZER, HEALTH] });
  await untilProcessReady(await stack.start(CLUSTER_CONTROLLER, ['--no-leader-elect']));
  managers = await startManagers(stack.controlPlane, directory, () => {});
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), {
    fieldManager: PROCESS_NAMES.cluster,
  });
  await stack.kubectl(['apply', '--server-side', '-n', INSTALLATION_NAMESPACE, '-f', '-'], inMemoryClass());
});
after(async () => {
  await client?.close();
  await managers?.stop();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const untilReady = (): Promise<Cluster> => untilClusterReady(stack, 'dev', LIMIT_MS);

async function dev(): Promise<Cluster> {
  const cluster = await client.get(clusters, { name: 'dev' });
  assert.ok(cluster);
  return cluster;
}

async function change(spec: object): Promise<void> {
  await stack.kubectl([
    'patch',
    'clusters.platform.tkestack.io',
    'dev',
    '--type=merge',
    '-p',
    JSON.stringify({ spec }),
  ]);
}

async function capi(template: string): Promise<string> {
  return stack.kubectl([
    'get',
    'clusters.cluster.x-k8s.io',
    'dev',
    '-n',
    INSTALLATION_NAMESPACE,
    '-o',
    `jsonpath=${template}`,
  ]);
}

/** Waits until a condition of the Cluster's current generation is `STATUS REASON`, and returns it with its message. */
function untilCondition(type: string, wanted: string): Promise<string> {
  return eventually(
    `${type} is ${wanted}`,
    async () => {
      const cluster = await dev();
      const condition = conditionOf(cluster, type);
      return (
        cluster.status?.observedGeneration === cluster.metadata.generation &&
        condition.startsWith(`${wanted}:`) &&
        condition
      );
    },
    90_000,
  );
}

/** The context for a step that the test calls directly. */
async function context(version: string): Promise<StepContext> {
  const cluster = await dev();
  const goal = goalOf({ ...cluster, spec: { ...cluster.spec, version } }, undefined);
  assert.ok(!isProblem(goal));
  return {
    cluster,
    goal,
    client,
    namespace: INSTALLATION_NAMESPACE,
    log: silent,
    signal: new AbortController().signal,
  };
}

function step(condition: string, given: StepContext): Promise<StepResult> {
  const found = provider.steps.find((each) => each.condition === condition);
  assert.ok(found);
  return found.run(given);
}

async function secretValue(name: string): Promise<string> {
  return stack.kubectl(['get', 'secret', name, '-n', INSTALLATION_NAMESPACE, '-o', 'jsonpath={.data.value}']);
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly name: string; readonly user: Readonly<Record<string, string>> }];
}

const decoded = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8');

/** The cloud-init that Cluster API generated for the first machine of the control plane. */
async function firstBoot(): Promise<string> {
  const secret = await stack.kubectl([
    'get',
    'machines.cluster.x-k8s.io',
    '-n',
    INSTALLATION_NAMESPACE,
    '-l',
    'cluster.x-k8s.io/control-plane',
    '-o',
    'jsonpath={.items[0].spec.bootstrap.dataSecretName}',
  ]);
  return decoded(await secretValue(secret));
}

describe('a cluster of type ClusterAPI', () => {
  test('is created although the controller is killed after each step, and accepts the kubeconfig that the hub keeps', async () => {
    const steps = provider.steps.map(({ condition }) => condition);
    const end = new AbortController();
    const killing = killAtBoundaries(stack, steps, end.signal);
    await stack.kubectl(
      ['apply', '--server-side', '-f', '-'],
      dump({
        apiVersion: 'platform.tkestack.io/v1',
        kind: 'Cluster',
        metadata: { name: 'dev' },
        spec: {
          tenantID: 'acme',
          type: 'ClusterAPI',
          version: OLD,
          controlPlane: { replicas: 1 },
          nodePools: [{ name: 'main', replicas: 1 }],
          clusterAPI: { class: { name: 'in-memory' } },
        },
      }),
    );
    const { status } = await untilReady();
    end.abort();
    assert.deepEqual((await killing).sort(), [...steps].sort());
    assert.equal(status?.version, OLD);
    assert.deepEqual(
      [status.controlPlane, status.workers],
      [
        { desired: 1, ready: 1, upToDate: 1 },
        { desired: 1, ready: 1, upToDate: 1 },
      ],
    );
    assert.equal(status.kubeconfigSecret, 'dev-access');
    assert.match(status.server ?? '', /^https:\/\/127\.0\.0\.1:\d+/);
    assert.equal(await secretValue('dev-access'), await secretValue('dev-kubeconfig'));
    assert.equal(await capi('{.metadata.labels.platform\\.tkestack\\.io/cluster}'), 'dev');
  });

  test('is healthy according to the health controller', async () => {
    await eventually(
      'it is reachable and accepts the credential',
      async () => {
        const cluster = await dev();
        return ['Reachable', 'Authorized'].every((type) => conditionOf(cluster, type).startsWith('True '));
      },
      60_000,
    );
    await untilReady();
  });

  test('has API servers that ask the authorizer from their start', async () => {
    const { write_files: files } = load((await firstBoot()).replaceAll(/\{\{[^}]*\}\}/g, '')) as {
      readonly write_files: readonly { readonly path: string; readonly content: string }[];
    };
    const content = (name: string): string =>
      files.find((each) => each.path === `/etc/kubernetes/steward/${name}`)?.content ?? '';
    assert.ok((await firstBoot()).includes('/etc/kubernetes/steward/authorization.yaml'));
    assert.match(
      files.find((each) => each.path.endsWith('/kubeadm.yaml'))?.content ?? '',
      /name: authorization-config\n\s+value: \/etc\/kubernetes\/steward\/authorization\.yaml/,
    );
    assert.match(content('authorization.yaml'), /kubeConfigFile: \/etc\/kubernetes\/steward\/webhook\.kubeconfig/);
    const {
      clusters: [{ cluster }],
      users: [{ user }],
    } = load(content('webhook.kubeconfig')) as Kubeconfig;
    assert.equal(cluster.server, `https://127.0.0.1:${stack.webhookPort}${webhookPathOf('dev')}`);
    assert.equal(decoded(cluster['certificate-authority-data']), stack.webhook.authority.cert);
    const certificate = { cert: decoded(user['client-certificate-data']), key: decoded(user['client-key-data']) };
    const body = reviewBody({
      user: 'carol',
      groups: ['tenant:acme'],
      resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'shop', name: 'web' },
    });
    const own = await askWebhook(stack, { path: webhookPathOf('dev'), certificate, body });
    assert.equal(own.status, 200, JSON.stringify(own.body));
    assert.match(own.body.status?.reason ?? '', /cluster:dev\/namespace:shop\/pod:web/);
    assert.equal((await askWebhook(stack, { path: webhookPathOf('other'), certificate, body })).status, 403);
  });

  test('signs the credentials of its users with its own authority', async () => {
    const file = path.join(directory, 'own.kubeconfig');
    const { code: ended, output } = await plugin(
      stack.controlPlane.kubeconfig,
      'get-credentials',
      'dev',
      '--file',
      file,
    );
    assert.equal(ended, 0, output);
    const {
      users: [{ user }],
    } = load(await readFile(file, 'utf8')) as Kubeconfig;
    const certificate = new X509Certificate(decoded(user['client-certificate-data']));
    const authority = await stack.kubectl([
      'get',
      'secret',
      'dev-ca',
      '-n',
      INSTALLATION_NAMESPACE,
      '-o',
      'jsonpath={.data.tls\\.crt}',
    ]);
    assert.ok(certificate.verify(new X509Certificate(decoded(authority)).publicKey));
    assert.ok(!certificate.subject.includes('system:masters'), certificate.subject);
    const { code, stderr } = await stack.controlPlane.kubectl([
      'get',
      'namespaces',
      '-o',
      'name',
      `--kubeconfig=${file}`,
    ]);
    assert.equal(code, 0, stderr);
  });

  test('scales its workers up and down', async () => {
    await change({ nodePools: [{ name: 'main', replicas: 3 }] });
    assert.deepEqual((await untilReady()).status?.workers, { desired: 3, ready: 3, upToDate: 3 });
    await change({ nodePools: [{ name: 'main', replicas: 1 }] });
    const { status } = await untilReady();
    assert.deepEqual(status?.workers, { desired: 1, ready: 1, upToDate: 1 });
    assert.equal(status.lastAction?.type, 'RESIZE');
  });

  test('scales its control plane up and down', async () => {
    await change({ controlPlane: { replicas: 3 } });
    assert.deepEqual((await untilReady()).status?.controlPlane, { desired: 3, ready: 3, upToDate: 3 });
    await change({ controlPlane: { replicas: 1 } });
    assert.deepEqual((await untilReady()).status?.controlPlane, { desired: 1, ready: 1, upToDate: 1 });
  });

  test('loses a node pool that is removed from the spec', async () => {
    await change({
      nodePools: [
        { name: 'main', replicas: 1 },
        { name: 'more', replicas: 1 },
      ],
    });
    assert.equal((await untilReady()).status?.workers?.ready, 2);
    await change({ nodePools: [{ name: 'main', replicas: 1 }] });
    assert.equal((await untilReady()).status?.workers?.ready, 1);
    assert.equal(await capi('{.spec.topology.workers.machineDeployments[*].name}'), 'main');
  });

  test('is upgraded, and becomes Ready only after every machine is', async () => {
    await change({ version: NEW });
    const { status } = await untilReady();
    assert.equal(status?.version, NEW);
    const versions = await stack.kubectl([
      'get',
      'machines.cluster.x-k8s.io',
      '-n',
      INSTALLATION_NAMESPACE,
      '-o',
      'jsonpath={.items[*].spec.version}',
    ]);
    assert.deepEqual([...new Set(versions.split(' '))], [NEW]);
  });

  const refused: Record<string, { readonly version: string; readonly reason: string; readonly message: RegExp }> = {
    'going back to an older version': { version: OLD, reason: 'Downgrade', message: /can't go back to/ },
    'skipping a minor version': { version: 'v1.38.0', reason: 'MinorSkipped', message: /would skip 1 minor version/ },
  };
  for (const [what, { version, reason, message }] of Object.entries(refused)) {
    test(`${what} is refused by admission, by the preflight check, and by Cluster API in its own words`, async () => {
      await assert.rejects(change({ version }), message);
      const given = await context(version);
      assert.ok(given.goal);
      const problems = preflight({
        goal: given.goal,
        plan: undefined,
        planName: '',
        releases: [],
        current: NEW,
        allowed: undefined,
        nowMs: Date.now(),
      });
      assert.deepEqual(
        problems.map((each) => each.reason),
        [reason],
      );
      const result = await step('ClusterApplied', given);
      assert.ok(result.state === 'failed' && result.reason === 'RefusedByClusterAPI', JSON.stringify(result));
      assert.ok(result.message.includes('version cannot be'), result.message);
      assert.equal(await capi('{.spec.topology.version}'), NEW);
    });
  }

  test('does not change while it is paused', async () => {
    await change({ paused: true });
    await untilCondition('Paused', 'True Paused');
    assert.equal(await capi('{.spec.paused} {.status.conditions[?(@.type=="Paused")].status}'), 'true True');
    await change({ nodePools: [{ name: 'main', replicas: 2 }] });
    await untilCondition('Paused', 'True Paused');
    assert.equal(await capi('{.spec.topology.workers.machineDeployments[0].replicas}'), '1');
    await change({ paused: false });
    assert.equal((await untilReady()).status?.workers?.ready, 2);
    assert.equal(
      await capi(
        '{.spec.paused} {.status.conditions[?(@.type=="Paused")].status} {.metadata.annotations.platform\\.tkestack\\.io/paused}',
      ),
      'false False ',
    );
  });

  test('stays paused when someone else paused it in Cluster API', async () => {
    await stack.kubectl([
      'patch',
      'clusters.cluster.x-k8s.io',
      'dev',
      '-n',
      INSTALLATION_NAMESPACE,
      '--type=merge',
      '-p',
      '{"spec": {"paused": true}}',
    ]);
    await change({ displayName: 'changed meanwhile' });
    await untilCondition('Ready', 'False PausedInClusterAPI');
    assert.equal(await capi('{.spec.paused}'), 'true');
    await stack.kubectl([
      'patch',
      'clusters.cluster.x-k8s.io',
      'dev',
      '-n',
      INSTALLATION_NAMESPACE,
      '--type=merge',
      '-p',
      '{"spec": {"paused": false}}',
    ]);
    await untilReady();
  });

  test('gets the kubeconfig that Cluster API renewed', async () => {
    const before = load(decoded(await secretValue('dev-kubeconfig'))) as Kubeconfig;
    const [{ name, user }] = before.users;
    // Its certificate expires tomorrow, so Cluster API renews it.
    const { cert, key } = await (await createAuthority('short')).issue({
      commonName: 'admin',
      usages: ['client'],
      days: 1,
    });
    const ending = {
      ...user,
      'client-certificate-data': Buffer.from(cert).toString('base64'),
      'client-key-data': Buffer.from(key).toString('base64'),
    };
    const value = Buffer.from(dump({ ...before, users: [{ name, user: ending }] })).toString('base64');
    await stack.kubectl([
      'patch',
      'secret',
      'dev-kubeconfig',
      '-n',
      INSTALLATION_NAMESPACE,
      '--type=merge',
      '-p',
      JSON.stringify({ data: { value } }),
    ]);
    // The controller checks every ten minutes, or when an object changes.
    await stack.kubectl([
      'annotate',
      'kubeadmcontrolplanes.controlplane.cluster.x-k8s.io',
      '-n',
      INSTALLATION_NAMESPACE,
      '-l',
      'cluster.x-k8s.io/cluster-name=dev',
      'look=now',
    ]);
    const renewed = await eventually(
      'a new kubeconfig',
      async () => {
        const now = await secretValue('dev-kubeconfig');
        const [given] = (load(decoded(now)) as Kubeconfig).users;
        return (
          ![ending, user].some((old) => old['client-certificate-data'] === given.user['client-certificate-data']) && now
        );
      },
      60_000,
    );
    await eventually('the hub has it too', async () => (await secretValue('dev-access')) === renewed, 150_000);
  });

  test('is neither changed nor removed when another Cluster owns the object', async () => {
    await stack.kubectl([
      'annotate',
      'clusters.cluster.x-k8s.io',
      'dev',
      '-n',
      INSTALLATION_NAMESPACE,
      'platform.tkestack.io/cluster-uid=another',
      '--overwrite',
    ]);
    const given = await context(NEW);
    const result = await step('ClusterApplied', given);
    assert.ok(result.state === 'failed' && result.reason === 'ClusterOfAnother', JSON.stringify(result));
    assert.equal((await provider.removal[0]?.run(given))?.state, 'done');
    assert.equal(await capi('{.metadata.deletionTimestamp}'), '');
    await stack.kubectl([
      'annotate',
      'clusters.cluster.x-k8s.io',
      'dev',
      '-n',
      INSTALLATION_NAMESPACE,
      `platform.tkestack.io/cluster-uid=${given.cluster.metadata.uid ?? ''}`,
      '--overwrite',
    ]);
  });

  test('is deleted completely although the controller is killed after each step', async () => {
    const end = new AbortController();
    const killing = killAtBoundaries(
      stack,
      provider.removal.map(({ condition }) => condition),
      end.signal,
    );
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'dev', '--timeout=120s']);
    end.abort();
    assert.ok((await killing).includes('ClusterRemoved'));
    const kinds = await stack.kubectl(['api-resources', '--namespaced', '--verbs=list', '-o', 'name']);
    const ofClusterAPI = kinds
      .split('\n')
      .filter((kind) => kind.endsWith('.x-k8s.io'))
      .join(',');
    assert.match(ofClusterAPI, /machines\.cluster\.x-k8s\.io/);
    for (const label of ['cluster.x-k8s.io/cluster-name', 'platform.tkestack.io/cluster']) {
      assert.equal(await stack.kubectl(['get', ofClusterAPI, '-A', '-l', `${label}=dev`, '-o', 'name']), '');
    }
    await eventually(
      'its Secrets are gone',
      async () => !(await stack.kubectl(['get', 'secret', '-A', '-o', 'name'])).includes('secret/dev-'),
      30_000,
    );
  });
});

test('a cluster whose class needs a provider that is not installed says what to install, and can be deleted', async () => {
  const given = await stack.kubectl([
    'get',
    'clusterclasses.cluster.x-k8s.io',
    'in-memory',
    '-n',
    INSTALLATION_NAMESPACE,
    '-o',
    'json',
  ]);
  const { apiVersion, kind, spec } = JSON.parse(
    given.replaceAll('"DevClusterTemplate"', '"AbsentClusterTemplate"'),
  ) as Record<'apiVersion' | 'kind' | 'spec', unknown>;
  const made = {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name: 'lost' },
    spec: { tenantID: 'acme', type: 'ClusterAPI', version: NEW, clusterAPI: { class: { name: 'lost' } } },
  };
  for (const each of [{ apiVersion, kind, metadata: { name: 'lost', namespace: INSTALLATION_NAMESPACE }, spec }, made])
    await stack.kubectl(['create', '-f', '-'], JSON.stringify(each));
  const message = await untilReadyReason(stack, 'lost', 'ClassTemplatesMissing');
  assert.match(
    message,
    /ClusterClass steward-system\/lost \(.*AbsentClusterTemplate .* of infrastructure\.cluster\.x-k8s\.io\/.*\): install/,
  );
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'lost', '--timeout=60s']);
});
