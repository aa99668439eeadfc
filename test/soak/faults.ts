/** The faults of the storm, on real processes: each is injected, and lasts until what it hit is ready again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isReady, type Stack } from '../../hack/local/stack.ts';
import { type Random, oneOf } from './cell.ts';
import type { Recorder } from './recorder.ts';

export interface Tally {
  injected: number;
  recovered: number;
  longestMs: number;
}

export interface FaultContext {
  readonly stack: Stack;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly cells: number;
}

interface Fault {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  /** Resolves when it has passed. */
  inject(context: FaultContext): Promise<void>;
}

const READY_MS = 60_000;

const FAULTS: readonly Fault[] = [
  { name: 'a process killed (SIGKILL)', weight: 20, inject: kill },
  { name: 'a process paused up to 6 s (SIGSTOP)', weight: 6, inject: pause },
  { name: 'a Rule deleted, disowned or made by hand', weight: 6, inject: drift },
  { name: 'kube-apiserver killed', weight: 1, inject: ({ stack }) => stack.controlPlane.restart('kube-apiserver', 'SIGKILL') },
  { name: 'etcd killed', weight: 1, inject: ({ stack }) => stack.controlPlane.restart('etcd', 'SIGKILL') },
];

/** Injects faults one after the other until `signal` aborts, and counts them by name. */
export async function injectFaults(context: FaultContext, signal: AbortSignal): Promise<Map<string, Tally>> {
  const tallies = new Map(FAULTS.map(({ name }) => [name, { injected: 0, recovered: 0, longestMs: 0 }]));
  const running = new Set<Promise<void>>();
  const bag = FAULTS.flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  while (!signal.aborted) {
    await sleep(100 + context.random() * 700);
    restartEnded(context.stack);
    const fault = oneOf(bag, context.random);
    const tally = tallies.get(fault.name);
    if (tally === undefined || running.size >= 3) continue;
    tally.injected += 1;
    const startedAt = performance.now();
    const passed = fault.inject(context).then(() => {
      tally.recovered += 1;
      tally.longestMs = Math.max(tally.longestMs, performance.now() - startedAt);
    });
    running.add(passed);
    void passed.finally(() => running.delete(passed));
    // What shakes everybody is had alone, so that what others need to recover is there.
    if (fault.weight === 1) await Promise.all(running);
  }
  await Promise.all(running);
  return tallies;
}

/** Processes that a fault has at present: no second one then. */
const busy = new Set<string>();

/** A process that ends by itself, a leader that lost its Lease say, is started again, as its Deployment would do. */
export function restartEnded(stack: Stack): void {
  for (const [instance, { child }] of stack.processes) if (!busy.has(instance) && !child.running()) stack.restart(instance);
}

async function withProcess({ stack, random }: FaultContext, act: (instance: string) => Promise<void>): Promise<void> {
  const free = [...stack.processes.keys()].filter((instance) => !busy.has(instance));
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

function kill(context: FaultContext): Promise<void> {
  return withProcess(context, async (instance) => {
    const child = context.stack.processes.get(instance)?.child;
    child?.kill('SIGKILL');
    await child?.exited;
    context.stack.restart(instance);
  });
}

function pause(context: FaultContext): Promise<void> {
  return withProcess(context, async (instance) => {
    const child = context.stack.processes.get(instance)?.child;
    child?.kill('SIGSTOP');
    await sleep(200 + context.random() * 5_800);
    child?.kill('SIGCONT');
  });
}

/** Only lines that allow: whoever deletes a denial by hand grants something himself. */
async function drift({ stack, recorder, random, cells }: FaultContext): Promise<void> {
  const [name] = recorder.allowLines(Math.floor(random() * cells));
  const act = oneOf(['delete', 'disown', 'make'] as const, random);
  if (act === 'make' || name === undefined) {
    const spec = { ptype: 'p', v0: 'pol-a-c0', v1: '*', v2: '*', v3: '*', v4: 'allow' };
    const rule = { apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata: { name: `rul-by-hand-${Math.floor(random() * 1e9)}` }, spec };
    await stack.controlPlane.kubectl(['create', '-f', '-'], JSON.stringify(rule));
  } else if (act === 'delete') await stack.controlPlane.kubectl(['delete', 'rule', name, '--ignore-not-found', '--wait=false']);
  else await stack.controlPlane.kubectl(['label', 'rule', name, 'auth.tkestack.io/owner-kind-']);
}

async function untilReadyAgain(stack: Stack, instance: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const running = stack.processes.get(instance);
    if (running === undefined) throw new Error(`${instance} was never started`);
    if (!running.child.running()) stack.restart(instance);
    else if (await isReady(running)) return;
    if (performance.now() > deadline) throw new Error(`${instance} is not ready ${READY_MS / 1_000} s after a fault; see ${running.logFile}`);
    await sleep(100);
  }
}
