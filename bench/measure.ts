/** How every engine is measured, in a process of its own: load, then ask the same requests round and round. */
import { readFileSync } from 'node:fs';
import type { Asked } from './dataset.ts';

/** One engine's figures; the Go peers print the same fields. */
export interface Measured {
  readonly engine: string;
  readonly version: string;
  /** CPU time until the rules are ready, without reading the file. */
  readonly loadCpuMs: number;
  /** Memory that loading has added: of the heap in Node, resident in Go. */
  readonly rssMb: number;
  readonly decisions: number;
  readonly cpuMs: number;
  readonly perCpuSecond: number;
  /** Of one decision, by the clock. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU time to add a binding, the next decision included. */
  readonly changeCpuMs: number;
  /** First questions of subjects never asked before; only of an engine that remembers anything. */
  readonly coldPerCpuSecond?: number;
}

export interface Engine<Question> {
  readonly engine: string;
  readonly version: string;
  load(): Promise<void>;
  /** A request as the engine takes it, made before the clock runs. */
  prepare(request: Asked): Question;
  ask(question: Question): void;
  /** Adds a binding that no rule holds yet, so that it counts for `request`. */
  change(request: Asked, nth: number): Promise<void>;
  /** Whether first questions are worth counting apart. */
  readonly remembers: boolean;
}

const SAMPLES = 20_000;
const CHANGES = 200;
const CHANGES_MS = 2_000;

/** Runs an engine for about `seconds` of CPU time, and prints its figures as one line of JSON. */
export async function measure<Question>(
  engine: Engine<Question>,
  requests: readonly Asked[],
  seconds: number,
): Promise<void> {
  const before = heapMb();
  const loadCpuMs = await cpuMsOf(() => engine.load());
  const rssMb = heapMb() - before;
  const questions = requests.map((request) => engine.prepare(request));
  const cold = engine.remembers
    ? {
        coldPerCpuSecond: perSecond(
          questions.length,
          await cpuMsOf(() => questions.forEach((question) => engine.ask(question))),
        ),
      }
    : {};
  const asked = ask(engine, questions, seconds * 1_000);
  const changeCpuMs = await changes(engine, requests);
  const { engine: name, version } = engine;
  const figures: Measured = {
    engine: name,
    version,
    loadCpuMs,
    rssMb,
    ...asked,
    perCpuSecond: perSecond(asked.decisions, asked.cpuMs),
    changeCpuMs,
    ...cold,
  };
  console.log(JSON.stringify(figures));
}

/** The requests of a file of JSON lines. */
export function readRequests(file: string): Asked[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Asked);
}

type Answered = Pick<Measured, 'decisions' | 'cpuMs' | 'p50Us' | 'p99Us'>;

function ask<Question>(engine: Engine<Question>, questions: readonly Question[], forMs: number): Answered {
  const nth = (i: number): Question => questions[i % questions.length] as Question;
  const start = cpuMs();
  const first = timeOf(() => engine.ask(nth(0)));
  // Looking at the clock costs as much as a decision; a slow engine gets it after each one, a fast one after a round.
  const chunk = first > 0.1 ? 1 : questions.length;
  let decisions = 1;
  while (cpuMs() - start < forMs) {
    for (let i = 0; i < chunk; i++) engine.ask(nth(decisions + i));
    decisions += chunk;
  }
  const cpu = cpuMs() - start;
  return {
    decisions,
    cpuMs: cpu,
    ...latencies(decisions === 1 ? [first] : samples((i) => engine.ask(nth(i)), forMs / 2)),
  };
}

function samples(askNth: (i: number) => void, forMs: number): number[] {
  const taken: number[] = [];
  const end = performance.now() + forMs;
  for (let i = 0; i < SAMPLES && (performance.now() < end || i === 0); i++) taken.push(timeOf(() => askNth(i)));
  return taken;
}

function latencies(taken: number[]): { p50Us: number; p99Us: number } {
  taken.sort((a, b) => a - b);
  const at = (share: number): number =>
    (taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] ?? 0) * 1_000;
  return { p50Us: at(0.5), p99Us: at(0.99) };
}

async function changes<Question>(engine: Engine<Question>, requests: readonly Asked[]): Promise<number> {
  const start = cpuMs();
  let done = 0;
  for (; done < CHANGES && (done === 0 || cpuMs() - start < CHANGES_MS); done++) {
    const request = requests[done % requests.length] as Asked;
    await engine.change(request, done);
    engine.ask(engine.prepare(request));
  }
  return (cpuMs() - start) / done;
}

/** CPU time of this process so far, in milliseconds: system time and the threads of the collector included. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function cpuMsOf(work: () => unknown): Promise<number> {
  const start = cpuMs();
  await work();
  return cpuMs() - start;
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function perSecond(count: number, ms: number): number {
  return (count / ms) * 1_000;
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
