/** The faults of the storm, on real processes: each is injected, and lasts until what it hit is ready again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isReady, type Stack } from '../../hack/local/stack.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { oneOf, type Random } from './cell.ts';
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
  /** What was not seen to recover, in words. */
  readonly failures: readonly string[];
}

export interface FaultContext {
  readonly stack: Stack;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly cells: number;
  /** The ways to the kube-apiserver that can be cut, by process. */
  readonly ways: ReadonlyMap<string, FaultProxy>;
}

interface Run extends FaultContext {
  readonly kills: Map<string, number>;
}

interface Fault {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  /** Calls `injected` once it is there, and resolves when what it did is seen to be put right. Injects nothing when there is nothing to hit. */
  inject(run: Run, injected: () => void): Promise<void>;
}

const READY_MS = 60_000;
const POLL_MS = 100;
/** Faults at a time. */
const PARALLEL = 4;

const FAULTS: readonly Fault[] = [
  { name: 'a process killed (SIGKILL)', weight: 40, inject: kill },
  { name: 'a process paused up to 6 s (SIGSTOP)', weight: 5, inject: pause },
  { name: 'a process cut off up to 6 s (partition)', weight: 5, inject: partition },
  { name: 'a Rule deleted, disowned or made by hand', weight: 8, inject: drift },
  { name: 'etcd compacted', weight: 2, inject: compact },
  { name: 'kube-apiserver killed', weight: 1, inject: (run, injected) => restart(run, 'kube-apiserver', injected) },
  { name: 'etcd killed', weight: 1, inject: (run, injected) => restart(run, 'etcd', injected) },
];

/** Injects faults one after the other until `signal` aborts, and counts them. */
export async function injectFaults(context: FaultContext, signal: AbortSignal): Promise<Injected> {
  const faults = new Map(FAULTS.map(({ name }) => [name, { injected: 0, recovered: 0, longestMs: 0 }]));
  const kills = new Map([...context.stack.processes.keys()].map((instance) => [instance, 0]));
  const failures: string[] = [];
  const run: Run = { ...context, kills };
  const running = new Set<Promise<void>>();
  const bag = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  while (!signal.aborted) {
    await sleep(50 + context.random() * 250);
    restartEnded(context.stack);
    const fault = oneOf(bag, context.random);
    const tally = faults.get(fault.name);
    if (tally === undefined || running.size >= PARALLEL) continue;
    const passed = follow(fault, run, tally).catch(
      (error: unknown) => void failures.push(`${fault.name}: ${String(error)}`),
    );
    running.add(passed);
    void passed.finally(() => running.delete(passed));
    // What shakes everybody is had alone, so that what others need to recover is there.
    if (fault.weight === 1) await Promise.all(running);
  }
  await Promise.all(running);
  return { faults, kills, failures };
}

/** Counts a fault when it was really injected, and its recovery when that was seen. */
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

/** Processes that a fault has at present: no second one then. */
const busy = new Set<string>();

/** A process that ends by itself, a leader that lost its Lease say, is started again, as its Deployment would do. */
export function restartEnded(stack: Stack): void {
  for (const [instance, { child }] of stack.processes)
    if (!busy.has(instance) && !child.running()) stack.restart(instance);
}

/** Does something to a process that has no fault at present, and waits until it is ready again. */
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

/** Nothing passes either way, and nobody is told: neither the process nor the kube-apiserver. */
function partition(run: Run, injected: () => void): Promise<void> {
  return withProcess(run, run.ways.keys(), async (instance) => {
    const way = run.ways.get(instance);
    way?.silence();
    injected();
    await sleep(200 + run.random() * 5_800);
    way?.heal();
  });
}

async function restart({ stack }: Run, component: 'kube-apiserver' | 'etcd', injected: () => void): Promise<void> {
  injected();
  await stack.controlPlane.restart(component, 'SIGKILL');
}

/** What a watch would resume from is gone, so that whoever was away must read everything anew. The recorder has seen all before. */
async function compact({ stack, recorder }: Run, injected: () => void): Promise<void> {
  const revision = recorder.revision;
  const answer = await fetch(`${stack.controlPlane.etcdUrl}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: String(revision), physical: true }),
  }).catch(() => undefined);
  // Refused when nothing was written since the last time, or when etcd is away.
  if (answer?.ok !== true) return;
  injected();
  await until('all are ready after a compaction', async () => {
    const free = [...stack.processes].filter(([instance]) => !busy.has(instance));
    return (await Promise.all(free.map(([, running]) => isReady(running)))).every(Boolean);
  });
}

/** Only lines that allow: whoever deletes a denial by hand grants something himself. */
async function drift(run: Run, injected: () => void): Promise<void> {
  const cell = Math.floor(run.random() * run.cells);
  const [name] = run.recorder.allowLines(cell);
  const act = oneOf(['delete', 'disown', 'make'] as const, run.random);
  if (act === 'make' || name === undefined) return make(run, injected);
  const { recorder, stack } = run;
  const uid = recorder.rule(cell, name)?.metadata.uid;
  const revision = '-o=jsonpath={.metadata.resourceVersion}';
  const { code, stdout } = await stack.controlPlane.kubectl(
    act === 'delete'
      ? ['delete', 'rule', name, '--wait=false']
      : ['label', 'rule', name, 'auth.tkestack.io/owner-kind-', revision],
  );
  // It may have been gone already, and the kube-apiserver may be away.
  if (code !== 0) return;
  injected();
  const isTaken = (): boolean =>
    act === 'delete' ? recorder.rule(cell, name)?.metadata.uid !== uid : recorder.revision >= Number(stdout);
  await until(`${name} is put right`, () => isTaken() && recorder.isRight(cell, name));
}

async function make({ stack, random }: Run, injected: () => void): Promise<void> {
  const spec = { ptype: 'p', v0: 'pol-a-c0', v1: '*', v2: '*', v3: '*', v4: 'allow' };
  const name = `rul-by-hand-${Math.floor(random() * 1e9)}`;
  const { code } = await stack.controlPlane.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata: { name }, spec }),
  );
  if (code !== 0) return;
  injected();
  await until(`${name} is removed`, async () =>
    (await stack.controlPlane.kubectl(['get', 'rule', name])).stderr.includes('NotFound'),
  );
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${READY_MS / 1_000} s in vain until ${what}`);
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
