/**
 * Two replicas of a controller, one Lease. Whatever happens to the leader, the other one takes over, and never do two
 * of them undo each other's writes: each Rule of a change is written once, and once removed it stays away.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Policy, policies } from '../../api/auth/policy.ts';
import { roles as roleKind } from '../../api/auth/role.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { type EtcdEvent, followEtcd } from '../support/etcd-history.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { metricSum } from '../support/process-metrics.ts';
import { processNamed } from '../support/product-processes.ts';
import { kubeconfigThrough } from '../support/proxied-kubeconfig.ts';

const NAME = PROCESS_NAMES.policy;
const ELECTION = [
  '--leader-elect-lease-duration=4',
  '--leader-elect-renew-deadline=3',
  '--leader-elect-retry-period=0.5',
];
const LEASE_MS = 4_000;

let directory: string;
let stack: Stack;
let client: Client;
let proxies: FaultProxy[];
let history: EtcdEvent[] = [];
const over = new AbortController();
let recording: Promise<void>;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-leader-'));
  stack = await startStack({ directory, processes: [] });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  proxies = await Promise.all([1, 2].map(() => FaultProxy.start(Number(new URL(stack.controlPlane.url).port))));
  for (const [i, proxy] of proxies.entries()) await startReplica(i + 1, proxy);
  recording = followEtcd(
    stack.controlPlane.etcdUrl,
    '/registry/auth.tkestack.io/rules/',
    (event) => history.push(event),
    over.signal,
  );
});
after(async () => {
  over.abort();
  await recording;
  await client?.close();
  await stack?.stop();
  await Promise.all((proxies ?? []).map((proxy) => proxy.stop()));
  await rm(directory, { recursive: true, force: true });
});

/** Each replica has a way of its own to the kube-apiserver, which can be cut. */
async function startReplica(nth: number, proxy: FaultProxy): Promise<void> {
  const kubeconfig = path.join(directory, `replica-${nth}.kubeconfig`);
  await kubeconfigThrough(stack, NAME, proxy, kubeconfig);
  await untilReady(await stack.start(processNamed(NAME), [`--kubeconfig=${kubeconfig}`, ...ELECTION], nth));
}

const replicas = (): RunningProcess[] =>
  [...stack.processes.values()].filter(({ product: { access } }) => access.name === NAME);

/** The leader, and the one that stands by. */
async function roles(): Promise<[leader: RunningProcess, other: RunningProcess]> {
  return eventually('one of the two leads', async () => {
    const leading = await Promise.all(
      replicas().map(
        async (replica) => (await metricSum(replica, /^leader_election_master_status\{[^}]*\} (\d)$/gm)) === 1,
      ),
    );
    const [one, two] = replicas();
    if (one === undefined || two === undefined || leading[0] === leading[1]) return undefined;
    return leading[0] === true
      ? ([one, two] as [RunningProcess, RunningProcess])
      : ([two, one] as [RunningProcess, RunningProcess]);
  });
}

const writesOf = (replica: RunningProcess): Promise<number> =>
  metricSum(replica, /^rest_client_requests_total\{method="(?:POST|PATCH|DELETE)",code="2\d\d"\} (\d+)$/gm);

/** A policy of many lines. */
function policy(name: string, from: number, count: number): Policy {
  const actions = Array.from({ length: count }, (_, i) => `do${from + i}`);
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name },
    spec: { tenantID: 'acme', statement: { actions, resources: ['*'], effect: 'allow' } },
  } as Policy;
}

async function applied(name: string, from: number, count: number): Promise<void> {
  const wanted = policy(name, from, count);
  if ((await client.get(policies, { name })) === undefined) await client.create(policies, wanted);
  else await client.patch(policies, { name }, { type: 'merge', body: { spec: wanted.spec } });
}

async function untilInForce(name: string): Promise<void> {
  await eventually(
    `${name} is in force`,
    async () => {
      const { metadata, status } = (await client.get(policies, { name })) ?? {};
      return status?.observedGeneration === metadata?.generation && status?.conditions?.[0]?.reason === 'Translated';
    },
    40_000,
  );
}

/** No Rule was written twice or came back, and those that are left are those of the policy. */
function assertNoFight(count: number): void {
  const times = new Map<string, string>();
  for (const { key, value } of history) times.set(key, (times.get(key) ?? '') + (value === undefined ? '-' : '+'));
  const odd = [...times].filter(([, what]) => !['+', '-', '+-'].includes(what));
  assert.deepEqual(odd, []);
  assert.equal([...times].filter(([, what]) => what === '+').length, count);
}

describe('the leader', () => {
  beforeEach(async () => {
    await Promise.all(replicas().map((running) => untilReady(running)));
    await roles();
  });

  test('is killed while it writes: the other one takes over and completes', async (context) => {
    await applied('pol-killed', 0, 200);
    await untilInForce('pol-killed');
    const [leader] = await roles();
    history = [];
    await applied('pol-killed', 1_000, 200);
    await sleep(150);
    const killedAt = performance.now();
    leader.child.kill('SIGKILL');
    await leader.child.exited;
    await untilInForce('pol-killed');
    context.diagnostic(
      `completed ${((performance.now() - killedAt) / 1_000).toFixed(1)} s after the leader was killed, with Leases of ${LEASE_MS / 1_000} s`,
    );
    // Two hundred old ones removed, two hundred new ones written.
    assert.equal(history.filter(({ value }) => value === undefined).length, 200);
    assertNoFight(200);
    const [instance = ''] = [...stack.processes].find(([, running]) => running === leader) ?? [];
    await untilReady(stack.restart(instance));
  });

  test('is paused beyond its Lease while it writes: it writes nothing when it goes on', async () => {
    await applied('pol-paused', 2_000, 200);
    await untilInForce('pol-paused');
    const [leader] = await roles();
    history = [];
    await applied('pol-paused', 3_000, 200);
    await sleep(150);
    leader.child.kill('SIGSTOP');
    await untilInForce('pol-paused');
    // And once more, so that what the paused one was about to write is wrong by now.
    await applied('pol-paused', 4_000, 200);
    await untilInForce('pol-paused');
    const revision = history.at(-1)?.revision;
    leader.child.kill('SIGCONT');
    await sleep(2_000);
    const writes = await writesOf(leader);
    await sleep(2_000);
    assert.equal(history.at(-1)?.revision, revision, 'a Rule was written after the paused leader went on');
    assert.equal(await writesOf(leader), writes);
    assertNoFight(200);
    const [now] = await roles();
    assert.notEqual(now, leader);
  });

  test('is cut off while it writes: it ends, and writes nothing when the network is back', async () => {
    await applied('pol-cut', 5_000, 100);
    await untilInForce('pol-cut');
    const [leader, other] = await roles();
    history = [];
    const proxy = proxies[replicas().indexOf(leader)];
    await applied('pol-cut', 6_000, 100);
    await sleep(100);
    proxy?.silence();
    // What hangs can only be ended with the process.
    assert.equal((await leader.child.exited).code, 1);
    await eventually(
      'the other one leads',
      async () => (await metricSum(other, /^leader_election_master_status\{[^}]*\} (\d)$/gm)) === 1,
    );
    await untilInForce('pol-cut');
    await applied('pol-cut', 7_000, 100);
    await untilInForce('pol-cut');
    const revision = history.at(-1)?.revision;
    proxy?.heal();
    await sleep(3_000);
    assert.equal(history.at(-1)?.revision, revision, 'a Rule was written after the network was back');
    assertNoFight(100);
  });
});

describe('with the Lease as it is by default, the other one takes over', () => {
  const NAME_OF_DEFAULT = PROCESS_NAMES.role;
  let two: RunningProcess[];
  before(async () => {
    const found = processNamed(NAME_OF_DEFAULT);
    two = [await stack.start(found), await stack.start(found, [], 2)];
    await Promise.all(two.map((running) => untilReady(running)));
  });

  const isLeading = async (replica: RunningProcess): Promise<boolean> =>
    replica.child.running() && (await metricSum(replica, /^leader_election_master_status\{[^}]*\} (\d)$/gm)) === 1;

  /**
   * Ends the leader, and tells how long it takes until the other one leads and is done with an object that was changed
   * meanwhile.
   */
  async function takeover(signal: 'SIGKILL' | 'SIGTERM', name: string): Promise<string> {
    const leader = await eventually('one of the two leads', async () => {
      for (const replica of two) if (await isLeading(replica)) return replica;
      return undefined;
    });
    const other = two.find((replica) => replica !== leader) ?? assert.fail();
    const [instance = ''] = [...stack.processes].find(([, running]) => running === leader) ?? [];
    const endedAt = performance.now();
    leader.child.kill(signal);
    await leader.child.exited;
    const spec = { tenantID: 'acme', policies: [], users: [{ id: 'ann' }] };
    await client.create(roleKind, { apiVersion: 'auth.tkestack.io/v1', kind: 'Role', metadata: { name }, spec });
    await eventually('the other one leads', () => isLeading(other), 60_000);
    const tookMs = performance.now() - endedAt;
    await eventually(
      'and does what came meanwhile',
      async () => (await client.get(roleKind, { name }))?.status?.observedGeneration === 1,
      30_000,
    );
    const doneMs = performance.now() - endedAt;
    two = [other, stack.restart(instance)];
    await untilReady(two[1] ?? assert.fail());
    return `leads ${(tookMs / 1_000).toFixed(1)} s after ${signal}, and has done what came meanwhile after ${(doneMs / 1_000).toFixed(1)} s`;
  }

  test('when the Lease has run out, after the leader was killed', async (context) =>
    context.diagnostic(await takeover('SIGKILL', 'rol-killed')));
  test('at its next look, after the leader was stopped', async (context) =>
    context.diagnostic(await takeover('SIGTERM', 'rol-stopped')));
});
