import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { freePorts } from '../../controlplane/free-ports.ts';
import { type Daemon, runningDaemon, stopDaemon } from './daemon.ts';
import { launch } from './launch.ts';

let directory: string;
let daemon: Daemon;
let freePort: number;
before(async () => {
  [freePort = 0] = await freePorts(1);
});
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-launch-'));
  daemon = { directory, name: 'stub', command: ['sleep', '60'] };
});
afterEach(async () => {
  await stopDaemon(daemon, 100);
  await rm(directory, { recursive: true, force: true });
});

/** A daemon that says something and ends at once. */
const lastWords = (words: string): Daemon => ({ ...daemon, command: ['sh', '-c', `echo "${words}"; exit 1`] });

describe('a daemon', () => {
  const other = createServer();
  before(() => new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve)));
  after(() => void other.close());

  test('is not started while another program uses one of its ports', async () => {
    const { port } = other.address() as AddressInfo;
    const result = await launch(daemon, [freePort, port]);
    assert.ok(result?.state === 'failed' && result.reason === 'PortInUse');
    assert.match(result.message, new RegExp(` port ${port} of 127.0.0.1 `));
    assert.deepEqual(await readdir(directory), []);
  });

  test('that runs keeps running, and its ports are its own', async () => {
    assert.equal(await launch(daemon, [freePort]), undefined);
    const started = await runningDaemon(daemon);
    assert.ok(started !== undefined);
    assert.equal(await launch(daemon, [(other.address() as AddressInfo).port]), undefined);
    assert.deepEqual(await runningDaemon(daemon), started);
  });

  const reasons: Record<string, string> = {
    'bind: address already in use': 'PortInUse',
    'write: no space left on device': 'DiskFull',
    'panic: corrupt': 'ProcessEnded',
  };
  for (const [words, reason] of Object.entries(reasons)) {
    test(`that ends with "${words}" fails with ${reason}, however soon it ends`, async () => {
      const result = await launch(lastWords(words), [freePort]);
      assert.ok(result?.state === 'failed');
      assert.equal(result.reason, reason);
      assert.ok(result.message.includes(words), result.message);
    });
  }
});
