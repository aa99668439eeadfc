import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectoryInUseError, lockDirectory } from './directory-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-lock-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function locked(): Promise<() => void> {
  for (;;) {
    try {
      return await lockDirectory(directory);
    } catch (error) {
      if (!(error instanceof DirectoryInUseError)) throw error;
      await sleep(5);
    }
  }
}

test('a second program is refused, and the error names the first one', async () => {
  const release = await lockDirectory(directory);
  const before = await readdir(directory);
  await assert.rejects(lockDirectory(directory), (error) => {
    assert.ok(error instanceof DirectoryInUseError);
    assert.ok(error.message.startsWith(`${directory} is in use by process ${process.pid}, `), error.message);
    assert.match(error.message, /started at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\. Stop it .*--directory=PATH/);
    return true;
  });
  assert.deepEqual(await readdir(directory), before);
  release();
  (await locked())();
});

test('the kernel releases the lock of a program that is killed', async () => {
  const file = path.join(import.meta.dirname, 'directory-lock.ts');
  const program = `
    import { lockDirectory } from ${JSON.stringify(file)};
    await lockDirectory(${JSON.stringify(directory)});
    console.log('locked');
    setInterval(() => {}, 1000);
  `;
  const first = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => first.stdout.once('data', resolve));
  await assert.rejects(lockDirectory(directory), DirectoryInUseError);
  first.kill('SIGKILL');
  (await locked())();
});

test('two directories are independent', async () => {
  const releases = [await lockDirectory(path.join(directory, 'a')), await lockDirectory(path.join(directory, 'b'))];
  for (const release of releases) release();
});
