/**
 * Two replicas of a controller share one Lease. Whatever happens to the leader, the other one takes over, and they
 * never undo each other's writes: each Rule of a change is written once, and a removed Rule stays removed.
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

/** Each replica reaches the kube-apiserver through a proxy of its own. */
async function startReplica(nth: number, proxy: FaultProxy): Promise<void> {
  const kubeconfig = path.join(directory, `replica-${nth}.kubeconfig`);
  await kubeconfigThrough(stack, NAME, proxy, kubeconfig);
  await untilReady(await stack.start(processNamed(NAME), [`--kubeconfig=${kubeconfig}`, ...ELECTION], nth));
}

const replicas = (): RunningProcess[] =>
  [...stack.processes.values()].filter(({ product: { access } }) => access.name === NAME);

/** Waits until exactly one replica leads. Returns the leader and the standby. */
async function roles(): Promise<[leader: RunningProcess, other: RunningProcess]> {
  return eventually('exactly one replica leads', async () => {
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

/** Returns a policy with `count` lines, with actions from do`from` on. */
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

/** Asserts that no Rule was written twice or came back, and that as many remain as the policy has. */
function assertWrittenOnce(count: number): void {
  const times = new Map<string, string>();
  for (const { key, value } of history) times.set(key, (times.get(key) ?? '') + (value === undefined ? '-' : '+'));
  const odd = [...times].filter(([, what]) => !['+', '-', '+-'].includes(what));
  assert.deepEqual(odd, []);
  assert.equal([...times].filter(([, what]) => what === '+').length, count);
}

describe('a leader', () => {
  beforeEach(async () => {
    await Promise.all(replicas().map((running) => untilReady(running)));
    await roles();
  });

  test('that is killed while it writes is replaced by the other replica, which completes the work', async (context) => {
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
    // 200 old Rules are removed, and 200 new ones written.
    assert.equal(history.filter(({ value }) => value === undefined).length, 200);
    assertWrittenOnce(200);
    const [instance = ''] = [...stack.processes].find(([, running]) => running === leader) ?? [];
    await untilReady(stack.restart(instance));
  });

  test('that is paused beyond its Lease while it writes, writes nothing when it resumes', async () => {
    await applied('pol-paused', 2_000, 200);
    await untilInForce('pol-paused');
    const [leader] = await roles();
    history = [];
    await applied('pol-paused', 3_000, 200);
    await sleep(150);
    leader.child.kill('SIGSTOP');
    await untilInForce('pol-paused');
    // Changed again, so that a pending write of the paused leader would be stale.
    await applied('pol-paused', 4_000, 200);
    await untilInForce('pol-paused');
    const revision = history.at(-1)?.revision;
    leader.child.kill('SIGCONT');
    await sleep(2_000);
    const writes = await writesOf(leader);
    await sleep(2_000);
    assert.equal(history.at(-1)?.revision, revision, 'a Rule was written after the paused leader resumed');
    assert.equal(await writesOf(leader), writes);
    assertWrittenOnce(200);
    const [now] = await roles();
    assert.notEqual(now, leader);
  });

  test('that is cut off while it writes exits, and no stale write follows when the network is back', async () => {
    await applied('pol-cut', 5_000, 100);
    await untilInForce('pol-cut');
    const [leader, other] = await roles();
    history = [];
    const proxy = proxies[replicas().indexOf(leader)];
    await applied('pol-cut', 6_000, 100);
    await sleep(100);
    proxy?.silence();
    // Only the exit of the process ends a hanging write.
    assert.equal((await leader.child.exited).code, 1);
    await eventually(
      'the other replica leads',
      async () => (await metricSum(other, /^leader_election_master_status\{[^}]*\} (\d)$/gm)) === 1,
    );
    await untilInForce('pol-cut');
    await applied('pol-cut', 7_000, 100);
    await untilInForce('pol-cut');
    const revision = history.at(-1)?.revision;
    proxy?.heal();
    await sleep(3_000);
    assert.equal(history.at(-1)?.revision, revision, 'a Rule was written after the network was back');
    assertWrittenOnce(100);
  });
});

describe('with the default Lease, the other replica takes over', () => {
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
   * Ends the leader and creates an object. Returns how long it took until the other replica led, and until it was done
   * with the object.
   */
  async function takeover(signal: 'SIGKILL' | 'SIGTERM', name: string): Promise<string> {
    const leader = await eventually('exactly one replica leads', async () => {
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
    await eventually('the other replica leads', () => isLeading(other), 60_000);
    const tookMs = performance.now() - endedAt;
    await eventually(
      'the new leader has reconciled the object',
      async () => (await client.get(roleKind, { name }))?.status?.observedGeneration === 1,
      30_000,
    );
    const doneMs = performance.now() - endedAt;
    two = [other, stack.restart(instance)];
    await untilReady(two[1] ?? assert.fail());
    return `leads ${(tookMs / 1_000).toFixed(1)} s after ${signal}, and has reconciled the new object after ${(doneMs / 1_000).toFixed(1)} s`;
  }

  test('when the Lease expires after the leader was killed', async (context) =>
    context.diagnostic(await takeover('SIGKILL', 'rol-killed')));
  test('at its next retry after the leader was stopped', async (context) =>
    context.diagnostic(await takeover('SIGTERM', 'rol-stopped')));
});
