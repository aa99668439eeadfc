/** Injects the faults of the storm into real processes. A fault lasts until whatever it hit is ready again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isReady, type Stack } from '../../hack/local/stack.ts';
import { compactEtcd } from '../support/compact-etcd.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { Random } from '../support/seeded-random.ts';
import { oneOf } from './cell.ts';
import type { Recorder } from './recorder.ts';

export interface Tally {
  injected: number;
  recovered: number;
  longestMs: number;
}

export interface Injected {
  /** By the name of the fault. */
  readonly faults: ReadonlyMap<string, Tally>;
  /** How often each process was killed. */
  readonly kills: ReadonlyMap<string, number>;
  /** One message for each fault that did not recover. */
  readonly failures: readonly string[];
}

export interface FaultContext {
  readonly stack: Stack;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly cells: number;
  /** The proxies between processes and the kube-apiserver, by process. Only these processes can be partitioned. */
  readonly proxies: ReadonlyMap<string, FaultProxy>;
}

interface Run extends FaultContext {
  readonly kills: Map<string, number>;
}

interface Fault {
  readonly name: string;
  /** How often the fault is chosen, relative to the others. */
  readonly weight: number;
  /**
   * Calls `injected` when the fault is in effect, and resolves when the recovery was seen. Does nothing without a
   * target.
   */
  inject(run: Run, injected: () => void): Promise<void>;
}

const READY_MS = 60_000;
const POLL_MS = 100;
/** The largest number of faults at the same time. */
const MAX_CONCURRENT = 4;

const FAULTS: readonly Fault[] = [
  { name: 'a process killed (SIGKILL)', weight: 40, inject: kill },
  { name: 'a process paused up to 6 s (SIGSTOP)', weight: 5, inject: pause },
  { name: 'a process cut off up to 6 s (partition)', weight: 5, inject: partition },
  { name: 'a Rule deleted, unlabelled or forged', weight: 8, inject: drift },
  { name: 'etcd compacted', weight: 2, inject: compact },
  { name: 'kube-apiserver killed', weight: 1, inject: (run, injected) => restart(run, 'kube-apiserver', injected) },
  { name: 'etcd killed', weight: 1, inject: (run, injected) => restart(run, 'etcd', injected) },
];

/** Injects random faults until `signal` aborts, up to four at the same time, and counts them. */
export async function injectFaults(context: FaultContext, signal: AbortSignal): Promise<Injected> {
  const faults = new Map(FAULTS.map(({ name }) => [name, { injected: 0, recovered: 0, longestMs: 0 }]));
  const kills = new Map([...context.stack.processes.keys()].map((instance) => [instance, 0]));
  const failures: string[] = [];
  const run: Run = { ...context, kills };
  const running = new Set<Promise<void>>();
  const weighted = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  while (!signal.aborted) {
    await sleep(50 + context.random() * 250);
    restartEnded(context.stack);
    const fault = oneOf(weighted, context.random);
    const tally = faults.get(fault.name);
    if (tally === undefined || running.size >= MAX_CONCURRENT) continue;
    const recovered = follow(fault, run, tally).catch(
      (error: unknown) => void failures.push(`${fault.name}: ${String(error)}`),
    );
    running.add(recovered);
    void recovered.finally(() => running.delete(recovered));
    // A fault that hits every process runs alone, so that the other faults can recover.
    if (fault.weight === 1) await Promise.all(running);
  }
  await Promise.all(running);
  return { faults, kills, failures };
}

/** Counts a fault if it was really injected, and its recovery if that was seen. */
async function follow(fault: Fault, run: Run, tally: Tally): Promise<void> {
  let startedAt: number | undefined;
  await fault.inject(run, () => {
    startedAt = performance.now();
    tally.injected += 1;
  });
  if (startedAt === undefined) return;
  tally.recovered += 1;
  tally.longestMs = Math.max(tally.longestMs, performance.now() - startedAt);
}

/** Processes with a fault in progress; they get no second one. */
const busy = new Set<string>();

/**
 * Restarts processes that have exited by themselves, for example leaders that lost their Lease, as a Deployment would.
 */
export function restartEnded(stack: Stack): void {
  for (const [instance, { child }] of stack.processes)
    if (!busy.has(instance) && !child.running()) stack.restart(instance);
}

/** Calls `act` for a random process without a fault in progress, and waits until that process is ready again. */
async function withProcess(
  { stack, random }: Run,
  instances: Iterable<string>,
  act: (instance: string) => Promise<void>,
): Promise<void> {
  const free = [...instances].filter(
    (instance) => !busy.has(instance) && stack.processes.get(instance)?.child.running() === true,
  );
  if (free.length === 0) return;
  const instance = oneOf(free, random);
  busy.add(instance);
  try {
    await act(instance);
    await untilReadyAgain(stack, instance);
  } finally {
    busy.delete(instance);
  }
}

function kill(run: Run, injected: () => void): Promise<void> {
  return withProcess(run, run.stack.processes.keys(), async (instance) => {
    const child = run.stack.processes.get(instance)?.child;
    if (child?.kill('SIGKILL') === true) {
      injected();
      run.kills.set(instance, (run.kills.get(instance) ?? 0) + 1);
    }
    await child?.exited;
    run.stack.restart(instance);
  });
}

function pause(run: Run, injected: () => void): Promise<void> {
  return withProcess(run, run.stack.processes.keys(), async (instance) => {
    const child = run.stack.processes.get(instance)?.child;
    if (child?.kill('SIGSTOP') !== true) return;
    injected();
    await sleep(200 + run.random() * 5_800);
    child.kill('SIGCONT');
  });
}

/**
 * Drops all traffic in both directions without closing connections: neither the process nor the kube-apiserver notices.
 */
function partition(run: Run, injected: () => void): Promise<void> {
  return withProcess(run, run.proxies.keys(), async (instance) => {
    const proxy = run.proxies.get(instance);
    proxy?.silence();
    injected();
    await sleep(200 + run.random() * 5_800);
    proxy?.heal();
  });
}

async function restart({ stack }: Run, component: 'kube-apiserver' | 'etcd', injected: () => void): Promise<void> {
  injected();
  await stack.controlPlane.restart(component, 'SIGKILL');
}

/**
 * Compacts etcd, so that a watch cannot resume from before and a process that was away must list again. The compaction
 * goes up to what the recorder has seen, so that the recorder misses nothing.
 */
async function compact({ stack, recorder }: Run, injected: () => void): Promise<void> {
  const revision = String(recorder.revision);
  const answer = await compactEtcd(stack.controlPlane.etcdUrl, revision).catch(() => undefined);
  // etcd refuses it when nothing was written since the last one, and it may be down.
  if (answer?.ok !== true) return;
  injected();
  await until('all processes are ready after a compaction', async () => {
    const free = [...stack.processes].filter(([instance]) => !busy.has(instance));
    return (await Promise.all(free.map(([, running]) => isReady(running)))).every(Boolean);
  });
}

/** Changes a Rule by hand. Allows only: deleting a deny by hand would rightly count as a violation. */
async function drift(run: Run, injected: () => void): Promise<void> {
  const cell = Math.floor(run.random() * run.cells);
  const [name] = run.recorder.allowLines(cell);
  const act = oneOf(['delete', 'unlabel', 'forge'] as const, run.random);
  if (act === 'forge' || name === undefined) return forge(run, injected);
  const { recorder, stack } = run;
  const uid = recorder.rule(cell, name)?.metadata.uid;
  const revision = '-o=jsonpath={.metadata.resourceVersion}';
  const { code, stdout } = await stack.controlPlane.kubectl(
    act === 'delete'
      ? ['delete', 'rule', name, '--wait=false']
      : ['label', 'rule', name, 'auth.tkestack.io/owner-kind-', revision],
  );
  // The Rule may be gone already, and the kube-apiserver may be down.
  if (code !== 0) return;
  injected();
  const isRecorded = (): boolean =>
    act === 'delete' ? recorder.rule(cell, name)?.metadata.uid !== uid : recorder.revision >= Number(stdout);
  await until(`Rule ${name} is repaired`, () => isRecorded() && recorder.isCorrect(cell, name));
}

async function forge({ stack, random }: Run, injected: () => void): Promise<void> {
  const spec = { ptype: 'p', v0: 'pol-a-c0', v1: '*', v2: '*', v3: '*', v4: 'allow' };
  const name = `rul-by-hand-${Math.floor(random() * 1e9)}`;
  const { code } = await stack.controlPlane.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata: { name }, spec }),
  );
  if (code !== 0) return;
  injected();
  await until(`forged Rule ${name} is removed`, async () =>
    (await stack.controlPlane.kubectl(['get', 'rule', name])).stderr.includes('NotFound'),
  );
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`timed out after ${READY_MS / 1_000} s waiting until ${what}`);
    await sleep(POLL_MS);
  }
}

async function untilReadyAgain(stack: Stack, instance: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const running = stack.processes.get(instance);
    if (running === undefined) throw new Error(`${instance} was never started`);
    if (!running.child.running()) stack.restart(instance);
    else if (await isReady(running)) return;
    if (performance.now() > deadline)
      throw new Error(`${instance} is not ready ${READY_MS / 1_000} s after a fault; see ${running.logFile}`);
    await sleep(100);
  }
}
