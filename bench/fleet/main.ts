/**
 * The health of a fleet: the real controller on a real hub, and 1,000 members that are stubs, of which 50 time out and 50
 * flap. The controller runs on one core alone, everything else on the others.
 *
 *   node bench/fleet/main.ts [--members 1000] [--minutes 5]
 *
 * Prints CPU, memory, probe lag and writes, and fails when a cluster that is well was ever shown otherwise, or one that
 * is dead is not shown so at the end. docs/fleet-health.md explains it.
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
import { KINDS, type MemberKind, sharesOf } from './members.ts';
import { between, quantile, type Scraped, scrape, writes } from './scrape.ts';
import { type StubPorts, seedFleet } from './seed.ts';
import { followFleet, type Shown } from './shown.ts';

const { values } = parseArgs({
  options: { members: { type: 'string', default: '1000' }, minutes: { type: 'string', default: '5' } },
});
const [members, minutes] = [Number(values.members), Number(values.minutes)];
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
    await seedFleet(client, members, ca, ports);
    say(
      `${members} clusters: ${Object.entries(sharesOf(members))
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')}, the others well`,
    );
    const shown = await followFleet(client, members, over.signal);
    const running = await startController(stack);
    await measure(running, shown);
    verdict(shown);
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
    [path.join(import.meta.dirname, 'stub.ts'), String(members), certFile, keyFile],
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
  if (status !== 0) throw new Error('a process can not be bound to a core: this bench needs taskset (util-linux)');
}

async function measure({ health }: RunningProcess, shown: Shown): Promise<void> {
  while (shown.judged() < members) await sleep(500);
  const first = await scrape(health);
  say(
    `all were judged once; CPU since its start ${first.cpuSeconds.toFixed(1)} s, ${Math.round(first.rssMb)} MB, requests to the hub ${between(new Map(), first.requests)}`,
  );
  await sleep(150_000);
  const before = await scrape(health);
  say(`settled: ${between(first.requests, before.requests)} requests to the hub since`);
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
  say(`probes by result ${between(before.probes, after.probes)}`);
  for (const lane of ['quick', 'slow'] as const)
    say(
      `lag of the ${lane} probes: p50 ${quantile(0.5, lane, before, after)}, p99 ${quantile(0.99, lane, before, after)}, all ${quantile(1, lane, before, after)}`,
    );
  say(
    `writes ${((writes(after) - writes(before)) / minutes).toFixed(1)} a minute (objects changed: ${(changes / minutes).toFixed(1)} a minute); requests to the hub ${between(before.requests, after.requests)}`,
  );
}

function verdict(shown: Shown): void {
  for (const kind of KINDS) {
    const told = ['Reachable', 'Healthy', 'Authorized'].flatMap((type) =>
      ['False', 'Unknown'].map(
        (status) =>
          `${type} ${status} ${shown.now(kind, `${type} ${status}`)} (ever ${shown.ever(kind, `${type} ${status}`)})`,
      ),
    );
    say(`${kind}: ${told.join(', ')}`);
  }
  const shares = sharesOf(members);
  const isNever = (kind: MemberKind, status: string): boolean =>
    ['Reachable', 'Healthy', 'Authorized'].every((type) => shown.ever(kind, `${type} ${status}`) === 0);
  const wrong = [
    ...(['well', 'flaps-below'] as const)
      .filter((kind) => !isNever(kind, 'False'))
      .map((kind) => `a cluster that ${kind} was shown False`),
    ...(['hangs', 'silent'] as const)
      .filter((kind) => shown.now(kind, 'Reachable False') !== shares[kind])
      .map((kind) => `not every cluster that ${kind} is shown unreachable`),
  ];
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  say(
    'no cluster that is well, or flaps below its thresholds, was ever shown False; all dead ones are shown unreachable',
  );
}
