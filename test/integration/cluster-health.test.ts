/**
 * The health of a member cluster as observed through its kube-apiserver: frozen, killed, restarted, without its etcd,
 * with a credential that became invalid, and asked with the CA of another cluster. Both clusters are real control
 * planes.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { secrets } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS, type HealthCondition } from '../../api/platform/cluster-status.ts';
import { TENANT_LABEL } from '../../api/platform/labels.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { clusterHealthAccess } from '../../controllers/cluster-health/access.ts';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';
import { type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { rbacOf } from '../../processes/rbac.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { kubectlIn } from '../support/control-planes.ts';
import { eventually } from '../support/eventually.ts';
import { metricSum } from '../support/process-metrics.ts';

const TENANT = 'acme';
const [BY_TOKEN, BY_CERTIFICATE, WRONG_CA] = ['by-token', 'by-certificate', 'wrong-ca'] as const;
const ELECTION = [
  '--leader-elect-lease-duration=4',
  '--leader-elect-renew-deadline=3',
  '--leader-elect-retry-period=0.5',
];
const LIMIT_MS = 60_000;
/** Longer than several probe periods. */
const A_WHILE_MS = 3_500;

let directory: string;
let stack: Stack;
let memberPlane: ControlPlane;
let client: Client;
let health: RunningProcess;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-health-'));
  [stack, memberPlane] = await Promise.all([
    startStack({ directory: path.join(directory, 'hub'), processes: [] }),
    startControlPlane({ directory: path.join(directory, 'member') }),
  ]);
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  for (const manifest of rbacOf(clusterHealthAccess))
    await stack.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(manifest));
  const { cert, key } = await memberPlane.authority.issue({ commonName: 'prober', usages: ['client'] });
  const certificate = { 'tls.crt': cert, 'tls.key': key };
  await declare(BY_TOKEN, { 'ca.crt': memberPlane.caCert, token: await tokenOf('first') });
  // A kube-apiserver that has lost its etcd needs four seconds to report it.
  await declare(BY_CERTIFICATE, { 'ca.crt': memberPlane.caCert, ...certificate }, 6);
  await declare(WRONG_CA, { 'ca.crt': (await createAuthority('another')).cert, ...certificate });
  health = await stack.start({ main: 'controllers/cluster-health/main.ts', access: clusterHealthAccess }, ELECTION);
  await untilReady(health);
});
after(async () => {
  memberPlane?.child('kube-apiserver').kill('SIGCONT');
  await client?.close();
  await stack?.stop();
  await memberPlane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const encoded = (data: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]));

async function declare(name: string, data: Readonly<Record<string, string>>, timeoutSeconds = 2): Promise<void> {
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: INSTALLATION_NAMESPACE, labels: { [TENANT_LABEL]: TENANT } },
    data: encoded(data),
  });
  await client.create(clusters, {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name },
    spec: {
      tenantID: TENANT,
      type: 'Imported',
      server: memberPlane.url,
      kubeconfigSecret: name,
      health: { periodSeconds: 1, timeoutSeconds, failureThreshold: 2, successThreshold: 2 },
    },
  });
}

/** Returns a token of a new ServiceAccount of the member cluster. */
async function tokenOf(account: string): Promise<string> {
  await kubectlIn(memberPlane, ['create', 'serviceaccount', account]);
  return (await kubectlIn(memberPlane, ['create', 'token', account, '--duration=1h'])).trim();
}

async function read(name: string): Promise<Cluster> {
  const found = await client.get(clusters, { name });
  assert.ok(found);
  return found;
}

type Shown = Readonly<Record<HealthCondition, string>>;

/** Returns status and reason of each health condition. */
function shownOf({ status }: Cluster): Shown {
  const of = (type: HealthCondition): string => {
    const found = (status?.conditions ?? []).find((each) => each.type === type);
    return found === undefined ? 'none' : `${found.status} ${found.reason}`;
  };
  return { Authorized: of('Authorized'), Healthy: of('Healthy'), Reachable: of('Reachable') };
}

const HEALTHY: Shown = { Authorized: 'True Accepted', Healthy: 'True Ready', Reachable: 'True Answers' };
const unreached = (reason: string): Shown => ({
  Authorized: 'Unknown Unreachable',
  Healthy: 'Unknown Unreachable',
  Reachable: `False ${reason}`,
});

async function untilShown(name: string, wanted: Shown): Promise<Cluster> {
  let last: Cluster | undefined;
  try {
    return await eventually(
      `${name} has the expected health conditions`,
      async () => {
        last = await read(name);
        return HEALTH_CONDITIONS.every((type) => shownOf(last as Cluster)[type] === wanted[type]) ? last : undefined;
      },
      LIMIT_MS,
    );
  } catch (error) {
    assert.deepEqual(last === undefined ? undefined : shownOf(last), wanted);
    throw error;
  }
}

const messageOf = ({ status }: Cluster, type: HealthCondition): string =>
  (status?.conditions ?? []).find((each) => each.type === type)?.message ?? '';

const metric = (pattern: RegExp): Promise<number> => metricSum(health, pattern);

describe('a member cluster', () => {
  test('that is healthy is reported healthy, with a token and with a client certificate', async () => {
    await untilShown(BY_TOKEN, HEALTHY);
    await untilShown(BY_CERTIFICATE, HEALTHY);
  });
  test('whose credential has a wrong CA is not trusted, and its other conditions are Unknown', async () => {
    await untilShown(WRONG_CA, unreached('CertificateUntrusted'));
  });
  test('that does not change causes no writes', async () => {
    const versions = async (): Promise<(string | undefined)[]> =>
      (await client.list(clusters)).map(({ metadata }) => metadata.resourceVersion);
    const [known, writes] = [
      await versions(),
      await metric(/^rest_client_requests_total\{method="PATCH",code="\d+"\} (\d+)$/gm),
    ];
    const probes = await metric(/^cluster_probe_duration_seconds_count\{[^}]*\} (\d+)$/gm);
    await sleep(A_WHILE_MS);
    assert.deepEqual(await versions(), known);
    assert.equal(await metric(/^rest_client_requests_total\{method="PATCH",code="\d+"\} (\d+)$/gm), writes);
    assert.ok((await metric(/^cluster_probe_duration_seconds_count\{[^}]*\} (\d+)$/gm)) > probes);
  });
  test('whose kube-apiserver is frozen is unreachable with its last known state, and healthy again when resumed', async () => {
    memberPlane.child('kube-apiserver').kill('SIGSTOP');
    const shown = await untilShown(BY_TOKEN, unreached('Timeout'));
    for (const type of HEALTH_CONDITIONS)
      assert.match(messageOf(shown, type), /; last known True at \d{4}-\d\d-\d\dT/, type);
    memberPlane.child('kube-apiserver').kill('SIGCONT');
    await untilShown(BY_TOKEN, HEALTHY);
    await untilShown(BY_CERTIFICATE, HEALTHY);
  });
  test('whose kube-apiserver was killed is unreachable, also for a restarted controller, and healthy again when it restarts', async () => {
    memberPlane.child('kube-apiserver').kill('SIGKILL');
    const dead = await untilShown(BY_TOKEN, unreached('ConnectionRefused'));
    health.child.kill('SIGKILL');
    await health.child.exited;
    health = stack.restart(clusterHealthAccess.name);
    await untilReady(health);
    await eventually(
      'the restarted controller leads and has probed',
      async () => (await metric(/^cluster_probe_duration_seconds_count\{[^}]*\} (\d+)$/gm)) > 9,
      LIMIT_MS,
    );
    assert.equal((await read(BY_TOKEN)).metadata.resourceVersion, dead.metadata.resourceVersion);
    await memberPlane.restart('kube-apiserver', 'SIGKILL');
    await untilShown(BY_TOKEN, HEALTHY);
    await untilShown(BY_CERTIFICATE, HEALTHY);
  });
  test('whose etcd was killed is reachable but not healthy', async () => {
    memberPlane.child('etcd').kill('SIGKILL');
    await untilShown(BY_CERTIFICATE, {
      Authorized: 'Unknown Unhealthy',
      Healthy: 'False ServerError',
      Reachable: 'True Answers',
    });
    await memberPlane.restart('etcd', 'SIGKILL');
    await untilShown(BY_CERTIFICATE, HEALTHY);
    await untilShown(BY_TOKEN, HEALTHY);
  });
  // Concurrent, because the controller reads a credential that does not work only every ten seconds.
  describe('whose credential', { concurrency: true }, () => {
    test('became invalid is not authorized, and authorized again after its Secret gets a new token', async () => {
      await memberPlane.kubectl(['delete', 'serviceaccount', 'first']);
      const shown = await untilShown(BY_TOKEN, {
        Authorized: 'False Unauthorized',
        Healthy: 'Unknown NotAuthorized',
        Reachable: 'True Answers',
      });
      assert.match(messageOf(shown, 'Authorized'), /; last known True at \d{4}-\d\d-\d\dT/);
      await client.patch(
        secrets,
        { name: BY_TOKEN, namespace: INSTALLATION_NAMESPACE },
        { type: 'merge', body: { data: encoded({ token: await tokenOf('second') }) } },
      );
      await untilShown(BY_TOKEN, HEALTHY);
    });
    test('gets the right CA becomes healthy', async () => {
      await client.patch(
        secrets,
        { name: WRONG_CA, namespace: INSTALLATION_NAMESPACE },
        { type: 'merge', body: { data: encoded({ 'ca.crt': memberPlane.caCert }) } },
      );
      await untilShown(WRONG_CA, HEALTHY);
    });
  });
  test('that is deleted disappears from the metrics', async () => {
    const probed = (): Promise<number> => metric(/^clusters\{condition="Reachable",status="\w+"\} (\d+)$/gm);
    assert.equal(await probed(), 3);
    await client.delete(clusters, { name: WRONG_CA });
    await eventually('only two member clusters are probed', async () => (await probed()) === 2);
  });
});
