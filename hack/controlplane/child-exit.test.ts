/** Ways in which a parent ends, on a machine without `setpriv`: a child may outlive none that the parent notices. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'steward-child-exit-'));
after(() => rm(folder, { recursive: true, force: true }));

const CHILD = JSON.stringify(path.join(import.meta.dirname, 'child.ts'));

/** Runs a program that starts `sleep` as `child` and then runs `end`. Returns the pid of the `sleep` when the program has exited. */
async function pidLeftBy(name: string, end: string): Promise<number> {
  const program = `
    import { startChild } from ${CHILD};
    process.env.PATH = '/nonexistent';
    const child = startChild({ name: 'sleep', command: ['/bin/sleep', '60'], logFile: ${JSON.stringify(path.join(folder, `${name}.log`))} });
    process.stdout.write(String(child.pid), () => { ${end} });
  `;
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await new Promise((resolve) => parent.once('close', resolve));
  return Number(said);
}

const ENDED: ReadonlySet<string> = new Set(['gone', 'Z', 'X']);

/** The letter of the process state in /proc, or `gone`. */
function stateOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => stat.split(') ')[1]?.[0] ?? '',
    () => 'gone',
  );
}

describe('a child is killed with a parent that', () => {
  const cases: Record<string, string> = {
    exits: 'process.exit(0)',
    'throws an uncaught error': "throw new Error('boom')",
    'leaves a rejected promise unhandled': "void Promise.reject(new Error('boom'))",
  };
  for (const [name, end] of Object.entries(cases)) {
    test(name, async () => {
      const pid = await pidLeftBy(name.replaceAll(' ', '-'), end);
      assert.ok(pid > 0);
      // SIGKILL was sent; the child, or the process that adopted it, may not have been scheduled yet.
      let state = await stateOf(pid);
      for (let i = 0; i < 400 && !ENDED.has(state); i++) {
        await sleep(10);
        state = await stateOf(pid);
      }
      assert.ok(ENDED.has(state), state);
    });
  }
});

test('the given environment is added to ours, and a second start appends to the log', async () => {
  const logFile = path.join(folder, 'deep', 'env.log');
  process.env['INHERITED'] = 'ours';
  for (const GREETING of ['one', 'two']) {
    await startChild({
      name: 'sh',
      command: ['/bin/sh', '-c', 'echo "$GREETING $INHERITED"'],
      logFile,
      env: { GREETING },
    }).exited;
  }
  assert.equal(await readFile(logFile, 'utf8'), 'one ours\ntwo ours\n');
});
