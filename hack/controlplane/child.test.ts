import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'steward-child-'));
after(() => rm(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a child writes to its log and exits on stop', async () => {
  const child = startChild({
    name: 'sh',
    command: ['sh', '-c', 'echo started; exec sleep 60'],
    logFile: path.join(folder, 'sh.log'),
  });
  while (!(await readFile(child.logFile, 'utf8')).includes('started')) await sleep(5);
  const { signal } = await child.stop();
  assert.equal(signal, 'SIGTERM');
  assert.equal(child.running(), false);
  assert.equal(isAlive(child.pid), false);
});

test('stopping a child that has exited is no error', async () => {
  const child = startChild({ name: 'true', command: ['true'], logFile: path.join(folder, 'true.log') });
  assert.equal((await child.exited).code, 0);
  assert.equal((await child.stop()).code, 0);
});

test('children end with their parent, even when it is killed', async () => {
  const program = `
    import { startChild } from ${JSON.stringify(path.join(import.meta.dirname, 'child.ts'))};
    const child = startChild({ name: 'sleep', command: ['sleep', '60'], logFile: ${JSON.stringify(path.join(folder, 'sleep.log'))} });
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))),
  );
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  for (let i = 0; i < 400 && isAlive(pid); i++) await sleep(10);
  assert.equal(isAlive(pid), false);
});
