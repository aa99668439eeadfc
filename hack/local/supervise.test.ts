/** Supervision of real child processes; the delays are those of a test. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Child, startChild } from '../controlplane/child.ts';
import { type Backoff, type SupervisedProcess, supervise } from './supervise.ts';

const QUICK: Backoff = { firstMs: 2, longestMs: 8, resetAfterMs: 600_000 };

let folder: string;
let lines: string[];
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-supervise-'));
  lines = [];
  stop = new AbortController();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process that runs the next of the given scripts at each start. Calls `onLast` when it has started the last one. */
function processOf(scripts: readonly string[], onLast: () => void): SupervisedProcess {
  let starts = 0;
  const start = (): Child => {
    const script = scripts[starts++] ?? 'exit 0';
    if (starts === scripts.length) onLast();
    return startChild({ name: 'sh', command: ['sh', '-c', script], logFile: path.join(folder, 'sh.log') });
  };
  let child = start();
  return { name: 'worker', child: () => child, restart: async () => (child = start()) };
}

const options = (backoff: Backoff) => ({ log: (line: string) => lines.push(line), signal: stop.signal, backoff });

test('a process that exits is restarted; the log names the exit code, the signal and the log file', async () => {
  let running: (() => void) | undefined;
  const up = new Promise<void>((resolve) => (running = resolve));
  const worker = processOf(['exit 3', 'kill -KILL $$', 'exec sleep 60'], () => running?.());
  const supervision = supervise(worker, options(QUICK));
  await up;
  stop.abort();
  await worker.child().stop();
  await supervision;
  const file = path.join(folder, 'sh.log');
  const exits = lines.filter((line) => line.includes('restarting'));
  assert.deepEqual(exits, [
    `worker exited with code 3; restarting it in 0.002 s (log: ${file})`,
    `worker was killed by SIGKILL; restarting it in 0.004 s (log: ${file})`,
  ]);
  assert.match(lines[1] ?? '', /^worker restarted \(process \d+\)$/);
});

async function delaysOf(backoff: Backoff): Promise<string[]> {
  const worker = processOf(
    Array.from({ length: 6 }, () => 'exit 1'),
    () => stop.abort(),
  );
  await supervise(worker, options(backoff));
  return lines.flatMap((line) => / in (\S+) s /.exec(line)?.[1] ?? []);
}

test('the delay doubles up to a limit', async () => {
  assert.deepEqual(await delaysOf(QUICK), ['0.002', '0.004', '0.008', '0.008', '0.008']);
});

test('the delay starts from the beginning for a process that ran long enough', async () => {
  assert.deepEqual(await delaysOf({ ...QUICK, resetAfterMs: 0 }), ['0.002', '0.002', '0.002', '0.002', '0.002']);
});

test('a restart that fails is reported and tried again', async () => {
  let starts = 0;
  const worker = processOf(['exit 1', 'exec sleep 60'], () => undefined);
  const restart = async (): Promise<void> => {
    starts += 1;
    if (starts === 1) throw new Error('no room');
    await worker.restart();
    stop.abort();
  };
  const supervision = supervise({ ...worker, restart }, options(QUICK));
  while (!stop.signal.aborted) await new Promise(setImmediate);
  await worker.child().stop();
  await supervision;
  assert.ok(lines.includes('worker did not restart: no room'), lines.join('\n'));
  assert.equal(starts, 2);
});

test('after the end of the supervision nothing is restarted', async () => {
  const worker = processOf(['exec sleep 60'], () => undefined);
  const first = worker.child();
  const supervision = supervise(worker, options(QUICK));
  stop.abort();
  await first.stop();
  await supervision;
  assert.deepEqual(lines, []);
  assert.equal(worker.child(), first);
});
