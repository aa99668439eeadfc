/**
 * Measures the health checks of a fleet: the real controller on a real hub, and 1,000 stubs of member clusters, of
 * which 50 time out and 50 flap. The controller has one core to itself; everything else runs on the other cores.
 *
 *   node bench/fleet/main.ts [--clusters 1000] [--minutes 5]
 *
 * Prints CPU time, memory, probe lag and writes. Fails when a healthy cluster was ever reported unhealthy, or when a
 * dead one is not reported unreachable at the end. docs/fleet-health.md explains the figures.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { clusterHealthAccess } from '../../controllers/cluster-health/access.ts';
import { type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { rbacOf } from '../../processes/rbac.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { between, quantile, type Scraped, scrape, writes } from './scrape.ts';
import { type StubPorts, seedFleet } from './seed.ts';
import { followFleet, type Shown } from './shown.ts';
import { BEHAVIOURS, type Behaviour, sharesOf } from './stub-clusters.ts';

const { values } = parseArgs({
  options: { clusters: { type: 'string', default: '1000' }, minutes: { type: 'string', default: '5' } },
});
const [count, minutes] = [Number(values.clusters), Number(values.minutes)];
const began = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const directory = await mkdtemp(path.join(tmpdir(), 'steward-fleet-'));
const over = new AbortController();
let stub: ChildProcess | undefined;
try {
  const stack = await startStack({ directory, processes: [] });
  const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'bench' });
  try {
    const { ca, ports } = await startStub();
    await seedFleet(client, count, ca, ports);
    say(
      `${count} clusters: ${Object.entries(sharesOf(count))
        .map(([behaviour, share]) => `${share} ${behaviour}`)
        .join(', ')}, the others well`,
    );
    const shown = await followFleet(client, count, over.signal);
    const running = await startController(stack);
    await measure(running, shown);
    checkConditions(shown);
  } finally {
    over.abort();
    await client.close();
    await stack.stop();
  }
} finally {
  stub?.stdin?.end();
  await rm(directory, { recursive: true, force: true });
}

async function startStub(): Promise<{ ca: string; ports: StubPorts }> {
  const authority = await createAuthority('fleet');
  const { cert, key } = await authority.issue({ commonName: 'member', usages: ['server'], ipAddresses: ['127.0.0.1'] });
  const [certFile, keyFile] = [path.join(directory, 'stub.crt'), path.join(directory, 'stub.key')];
  await writeFile(certFile, cert);
  await writeFile(keyFile, key, { mode: 0o600 });
  const started = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'stub.ts'), String(count), certFile, keyFile],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  stub = started;
  const line = await new Promise<string>((resolve) =>
    started.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
  const [answers = 0, silent = 0] = line.trim().split(' ').map(Number);
  return { ca: authority.cert, ports: { answers, silent } };
}

async function startController(stack: Stack): Promise<RunningProcess> {
  for (const manifest of rbacOf(clusterHealthAccess))
    await stack.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(manifest));
  const running = await stack.start({ main: 'controllers/cluster-health/main.ts', access: clusterHealthAccess });
  pin(running.child.pid, '0');
  const others = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';
  for (const pid of [
    stub?.pid,
    process.pid,
    ...(['etcd', 'kube-apiserver', 'kube-controller-manager'] as const).map(
      (name) => stack.controlPlane.child(name).pid,
    ),
  ])
    pin(pid, others);
  await untilReady(running);
  return running;
}

function pin(pid: number | undefined, cores: string): void {
  const { status } = spawnSync('taskset', ['-acp', cores, String(pid)]);
  if (status !== 0) throw new Error('cannot bind a process to a core: this benchmark needs taskset (util-linux)');
}

async function measure({ health }: RunningProcess, shown: Shown): Promise<void> {
  while (shown.judged() < count) await sleep(500);
  const first = await scrape(health);
  say(
    `all clusters were probed once; CPU since the start ${first.cpuSeconds.toFixed(1)} s, ${Math.round(first.rssMb)} MB, requests to the hub: ${between(new Map(), first.requests)}`,
  );
  await sleep(150_000);
  const before = await scrape(health);
  say(`settled; requests to the hub since: ${between(first.requests, before.requests)}`);
  const changesBefore = shown.changes;
  await sleep(minutes * 60_000);
  const after = await scrape(health);
  report(before, after, shown.changes - changesBefore);
}

function report(before: Scraped, after: Scraped, changes: number): void {
  const seconds = minutes * 60;
  say(
    `${minutes} minutes: CPU ${(((after.cpuSeconds - before.cpuSeconds) / seconds) * 100).toFixed(1)} % of a core, ${Math.round(after.rssMb)} MB resident`,
  );
  say(`probes by result: ${between(before.probes, after.probes)}`);
  for (const lane of ['quick', 'slow'] as const)
    say(
      `lag of ${lane} probes: p50 ${quantile(0.5, lane, before, after)}, p99 ${quantile(0.99, lane, before, after)}, max ${quantile(1, lane, before, after)}`,
    );
  say(
    `writes ${((writes(after) - writes(before)) / minutes).toFixed(1)} per minute (objects changed: ${(changes / minutes).toFixed(1)} per minute); requests to the hub: ${between(before.requests, after.requests)}`,
  );
}

/** Throws when the conditions of any cluster do not match its behaviour. */
function checkConditions(shown: Shown): void {
  for (const behaviour of BEHAVIOURS) {
    const conditions = ['Reachable', 'Healthy', 'Authorized'].flatMap((type) =>
      ['False', 'Unknown'].map(
        (status) =>
          `${type} ${status} ${shown.now(behaviour, `${type} ${status}`)} (ever ${shown.ever(behaviour, `${type} ${status}`)})`,
      ),
    );
    say(`${behaviour}: ${conditions.join(', ')}`);
  }
  const shares = sharesOf(count);
  const isNever = (behaviour: Behaviour, status: string): boolean =>
    ['Reachable', 'Healthy', 'Authorized'].every((type) => shown.ever(behaviour, `${type} ${status}`) === 0);
  const wrong = [
    ...(['well', 'flaps-below'] as const)
      .filter((behaviour) => !isNever(behaviour, 'False'))
      .map((behaviour) => `a cluster with behaviour ${behaviour} had a condition that was False`),
    ...(['hangs', 'silent'] as const)
      .filter((behaviour) => shown.now(behaviour, 'Reachable False') !== shares[behaviour])
      .map((behaviour) => `not every cluster with behaviour ${behaviour} is reported unreachable`),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  say(
    'no healthy cluster, and none that flaps below the thresholds, ever had a condition that was False; all dead ones are reported unreachable',
  );
}
