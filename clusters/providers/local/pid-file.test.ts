import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readPidFile, removeEnded } from './pid-file.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-pid-'));
  file = path.join(directory, 'etcd.pid');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const OLD = { pid: 17, digest: 'aaaa' };
const NEW = { pid: 18, digest: 'aaaa' };
const write = ({ pid, digest }: typeof OLD): Promise<void> => writeFile(file, `${pid} ${digest}\n`);

describe('the pid file', () => {
  test('of an ended daemon is removed', async () => {
    await write(OLD);
    await removeEnded(file, OLD);
    assert.deepEqual(await readdir(directory), []);
  });

  test('of a daemon that another process started meanwhile stays', async () => {
    await write(OLD);
    const ended = await readPidFile(file);
    await write(NEW);
    await removeEnded(file, ended);
    assert.deepEqual(await readPidFile(file), NEW);
    assert.deepEqual(await readdir(directory), ['etcd.pid']);
  });

  test('stays when none was seen before', async () => {
    await write(NEW);
    await removeEnded(file, undefined);
    assert.deepEqual(await readPidFile(file), NEW);
  });

  test('may be removed by someone else first', async () => {
    await removeEnded(file, OLD);
    assert.deepEqual(await readdir(directory), []);
  });

  test('that is being written has no content yet', async () => {
    await writeFile(file, '1');
    assert.equal(await readPidFile(file), undefined);
  });
});
