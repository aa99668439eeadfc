/** Measures one engine in this process: loads the rules, then asks the same requests in a loop. */
import { readFileSync } from 'node:fs';
import type { CasbinRequest } from './dataset.ts';

/** The figures of one engine. The Go peers print the same fields. */
export interface Measured {
  readonly engine: string;
  readonly version: string;
  /** CPU time until the rules are ready, without reading the file. */
  readonly loadCpuMs: number;
  /** Memory added by loading: heap in Node, resident memory in Go. */
  readonly rssMb: number;
  readonly decisions: number;
  readonly cpuMs: number;
  readonly perCpuSecond: number;
  /** Wall-clock time of one decision. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** CPU time to add a binding, including the next decision. */
  readonly changeCpuMs: number;
  /** Rate for subjects that were never asked before; only for an engine with a cache. */
  readonly coldPerCpuSecond?: number;
}

export interface Engine<Question> {
  readonly engine: string;
  readonly version: string;
  load(): Promise<void>;
  /** Converts a request to the form that the engine takes, before the clock starts. */
  prepare(request: CasbinRequest): Question;
  ask(question: Question): void;
  /** Adds a new binding that counts for `request`. */
  change(request: CasbinRequest, nth: number): Promise<void>;
  /** Whether the engine has a cache, so that first questions are measured separately. */
  readonly hasCache: boolean;
}

const SAMPLES = 20_000;
const CHANGES = 200;
const CHANGES_MS = 2_000;

/** Runs an engine for about `seconds` of CPU time and prints its figures as one line of JSON. */
export async function measure<Question>(
  engine: Engine<Question>,
  requests: readonly CasbinRequest[],
  seconds: number,
): Promise<void> {
  const before = heapMb();
  const loadCpuMs = await cpuMsOf(() => engine.load());
  const rssMb = heapMb() - before;
  const questions = requests.map((request) => engine.prepare(request));
  const cold = engine.hasCache
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

/** Reads requests from a file of JSON lines. */
export function readRequests(file: string): CasbinRequest[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CasbinRequest);
}

type Answered = Pick<Measured, 'decisions' | 'cpuMs' | 'p50Us' | 'p99Us'>;

function ask<Question>(engine: Engine<Question>, questions: readonly Question[], forMs: number): Answered {
  const nth = (i: number): Question => questions[i % questions.length] as Question;
  const start = cpuMs();
  const first = timeOf(() => engine.ask(nth(0)));
  // Reading the clock costs as much as a decision. It is read after each decision of a slow engine, after each round of
  // a fast one.
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

async function changes<Question>(engine: Engine<Question>, requests: readonly CasbinRequest[]): Promise<number> {
  const start = cpuMs();
  let done = 0;
  for (; done < CHANGES && (done === 0 || cpuMs() - start < CHANGES_MS); done++) {
    const request = requests[done % requests.length] as CasbinRequest;
    await engine.change(request, done);
    engine.ask(engine.prepare(request));
  }
  return (cpuMs() - start) / done;
}

/** The CPU time of this process so far in milliseconds, including system time and the garbage collector's threads. */
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
