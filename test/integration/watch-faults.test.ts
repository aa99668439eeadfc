/**
 * Faults of a watch, on real parts: the server is killed or stopped, its history is compacted, connections are dropped,
 * slow or silent, and tokens are replaced, all while objects change. Afterwards no change was missed, and no process
 * restarted.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Policy, policies } from '../../api/auth/policy.ts';
import { HUB, INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import { writeServiceAccountKubeconfig } from '../../hack/local/service-account.ts';
import { isReady, type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { ApiError } from '../../runtime/errors.ts';
import { compactEtcd } from '../support/compact-etcd.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { metricSum } from '../support/process-metrics.ts';
import { processNamed } from '../support/product-processes.ts';
import { kubeconfigThrough } from '../support/proxied-kubeconfig.ts';
import { revisionOf, untilSettled } from '../support/until-settled.ts';
import { askWebhook, reviewBody } from '../support/webhook-client.ts';

const STALENESS_S = 6;
const POLICY_CONTROLLER = processNamed(PROCESS_NAMES.policy);

let directory: string;
let stack: Stack;
let client: Client;
let proxy: FaultProxy;
let controller: RunningProcess;
let authorizer: RunningProcess;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-watch-'));
  stack = await startStack({ directory, processes: [] });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  proxy = await FaultProxy.start(Number(new URL(stack.controlPlane.url).port));
  for (const product of [POLICY_CONTROLLER, AUTHORIZER]) {
    const kubeconfig = kubeconfigOf(product.access.name);
    await kubeconfigThrough(stack, product.access.name, proxy, kubeconfig);
    await stack.start(product, [
      `--kubeconfig=${kubeconfig}`,
      ...(product === AUTHORIZER ? [`--max-staleness=${STALENESS_S}`] : []),
    ]);
  }
  [controller, authorizer] = [...stack.processes.values()] as [RunningProcess, RunningProcess];
  await Promise.all([controller, authorizer].map((running) => untilReady(running)));
});
after(async () => {
  await client?.close();
  await stack?.stop();
  await proxy?.stop();
  await rm(directory, { recursive: true, force: true });
});

const kubeconfigOf = (name: string): string => path.join(directory, `${name}-proxied.kubeconfig`);

function policy(name: string, actions: readonly string[]): Policy {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name },
    spec: {
      tenantID: 'acme',
      statement: { actions: [...actions], resources: ['*'], effect: 'allow' },
      users: [{ id: 'ann' }],
    },
  } as Policy;
}

let made = 0;

/** Creates, changes and deletes policies. Each round leaves some behind. */
async function changePolicies(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const name = `pol-${made++}`;
    await client.create(policies, policy(name, ['getPod', 'listPods']));
    if (made > 3)
      await client.patch(
        policies,
        { name: `pol-${made - 2}` },
        { type: 'merge', body: { spec: policy('', [`doRound${made}`]).spec } },
      );
    if (made > 6 && made % 3 === 0) await client.delete(policies, { name: `pol-${made - 5}` });
  }
}

/** Waits until the API server accepts writes again, and makes one round of changes. */
const untilServing = (): Promise<true> =>
  eventually('the API server serves again', () => changePolicies(1).then(() => true as const));

async function untilNothingMissed(): Promise<void> {
  await untilSettled(client, () => revisionOf(stack));
  assert.deepEqual(
    [controller, authorizer].map(({ child }) => child.running()),
    [true, true],
  );
}

const QUESTION = reviewBody({
  user: 'ann',
  groups: ['tenant:acme'],
  nonResourceAttributes: { verb: 'get', path: '/x' },
});
const ask = (): ReturnType<typeof askWebhook> => askWebhook(stack, { cluster: HUB, body: QUESTION });

const fullReads = (process: RunningProcess): Promise<number> =>
  metricSum(process, /^informer_full_reads\{[^}]*\} (\d+)$/gm);
const unavailable = (process: RunningProcess): Promise<number> =>
  metricSum(process, /^rest_client_requests_total\{method="\w+",code="503"\} (\d+)$/gm);

describe('no change is missed and no process restarts when', () => {
  test('connections are dropped again and again', async () => {
    for (let i = 0; i < 5; i++) {
      await changePolicies(3);
      proxy.dropConnections();
    }
    await untilNothingMissed();
  });

  test('connections are slower than objects change', async () => {
    proxy.slow(20_000);
    await changePolicies(60);
    proxy.heal();
    await untilNothingMissed();
  });

  test('kube-apiserver is killed', async () => {
    await changePolicies(5);
    await stack.controlPlane.restart('kube-apiserver', 'SIGKILL');
    await changePolicies(5);
    await untilNothingMissed();
  });

  test('kube-apiserver is paused for a minute', async () => {
    await changePolicies(5);
    // A leader whose writes hang beyond its Lease exits and is restarted (leader.test.ts). Here no write is pending.
    await untilNothingMissed();
    const child = stack.controlPlane.child('kube-apiserver');
    child.kill('SIGSTOP');
    await sleep(60_000);
    child.kill('SIGCONT');
    await untilServing();
    await changePolicies(4);
    await untilNothingMissed();
  });

  test('etcd is killed', async () => {
    await changePolicies(5);
    await stack.controlPlane.restart('etcd', 'SIGKILL');
    await untilServing();
    await changePolicies(4);
    await untilNothingMissed();
  });

  test('kube-apiserver answers 503 for our kinds for a while (429: flow-control.test.ts)', async () => {
    await changePolicies(5);
    const before = await Promise.all([controller, authorizer].map(unavailable));
    await stack.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(unavailableService));
    await eventually('the API server answers 503', async () => (await statusOf(client.list(policies))) === 503);
    proxy.dropConnections();
    await eventually('both processes have received 503', async () => {
      const since = await Promise.all([controller, authorizer].map(unavailable));
      return since.every((count, i) => count > (before[i] ?? 0));
    });
    // Without the APIService, the kube-apiserver serves the group itself again.
    await stack.kubectl(['delete', 'apiservice', unavailableService.metadata.name]);
    await untilServing();
    await changePolicies(4);
    await untilNothingMissed();
  });

  test('the resource version to resume from is compacted (410)', async () => {
    const before = await Promise.all([controller, authorizer].map(fullReads));
    proxy.cut();
    await changePolicies(10);
    await compact();
    // The watch cache of a restarted kube-apiserver starts after the compaction.
    await stack.controlPlane.restart('kube-apiserver', 'SIGKILL');
    await changePolicies(2);
    proxy.heal();
    await untilNothingMissed();
    const afterwards = await Promise.all([controller, authorizer].map(fullReads));
    assert.ok(
      afterwards.every((reads, i) => reads > (before[i] ?? 0)),
      `full reads ${before.join()} → ${afterwards.join()}`,
    );
  });

  test('connections are silent: the authorizer stops deciding and is not ready, and both catch up afterwards', async () => {
    proxy.silence();
    await changePolicies(5);
    await eventually('the authorizer answers 503', async () => (await ask()).status === 503, 30_000);
    assert.equal(await isReady(authorizer), false);
    assert.match(
      await (await fetch(`${authorizer.health}/readyz`)).text(),
      /\[-\] replica: its Lease was last renewed \d+ s ago/,
    );
    const age = /^informer_last_event_age_seconds\{resource="rules"\} ([\d.]+)$/gm;
    const [first, second] = [await metricSum(authorizer, age), (await sleep(1_100), await metricSum(authorizer, age))];
    assert.ok(second > first + 1, `the age of the last event grows: ${first}, ${second}`);
    proxy.heal();
    await untilNothingMissed();
  });

  test('their tokens are replaced and the old tokens revoked', async () => {
    const tokens = await Promise.all([controller, authorizer].map(({ product }) => rotate(product.access.name)));
    await eventually(
      'the old tokens are refused',
      async () => (await Promise.all(tokens.map(isRefused))).every(Boolean),
      30_000,
    );
    proxy.dropConnections();
    await changePolicies(5);
    await untilNothingMissed();
  });
});

/** Makes the kube-apiserver forward requests for our group to a service that does not exist. */
const unavailableService = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  // With this label the kube-apiserver does not restore its own APIService.
  metadata: { name: 'v1.auth.tkestack.io', labels: { 'kube-aggregator.kubernetes.io/automanaged': 'false' } },
  spec: {
    group: 'auth.tkestack.io',
    version: 'v1',
    groupPriorityMinimum: 1_000,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { namespace: 'default', name: 'nonexistent', port: 443 },
  },
};

async function statusOf(asked: Promise<unknown>): Promise<number> {
  try {
    await asked;
    return 200;
  } catch (error) {
    return error instanceof ApiError ? error.status : 0;
  }
}

/** Compacts etcd up to now. */
async function compact(): Promise<void> {
  const { resourceVersion } = await client.listWithVersion(policies);
  const answer = await compactEtcd(stack.controlPlane.etcdUrl, resourceVersion);
  assert.ok(answer.ok, await answer.text());
}

/**
 * Gives a process an old and then a new token, and revokes the old one. Each is bound to a Secret. Returns the old
 * token.
 */
async function rotate(name: string): Promise<string> {
  const bound = async (secret: string): Promise<string> => {
    await stack.kubectl(['create', 'secret', 'generic', secret, '-n', INSTALLATION_NAMESPACE]);
    return (
      await stack.kubectl([
        'create',
        'token',
        name,
        '-n',
        INSTALLATION_NAMESPACE,
        '--bound-object-kind=Secret',
        `--bound-object-name=${secret}`,
      ])
    ).trim();
  };
  const [old, next] = [await bound(`${name}-old`), await bound(`${name}-next`)];
  await useToken(name, old);
  // Long enough for the process to use the old token.
  await sleep(2_000);
  await useToken(name, next);
  await stack.kubectl(['delete', 'secret', `${name}-old`, '-n', INSTALLATION_NAMESPACE]);
  return old;
}

async function useToken(name: string, token: string): Promise<void> {
  await writeServiceAccountKubeconfig(
    { ...stack.controlPlane, url: `https://127.0.0.1:${proxy.port}` },
    name,
    kubeconfigOf(name),
    token,
  );
}

async function isRefused(token: string): Promise<boolean> {
  const { code } = await stack.controlPlane.kubectl([
    'get',
    '--raw',
    '/api',
    `--token=${token}`,
    '--kubeconfig=/dev/null',
    `--server=${stack.controlPlane.url}`,
    '--insecure-skip-tls-verify',
  ]);
  return code !== 0;
}
