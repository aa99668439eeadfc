/** How `make run` begins and how it is interrupted, with a stub of Go whose build never ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
const runs: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-run-'));
  for (const name of ['bin', 'tmp', 'assets']) await mkdir(at(name));
  const go = `#!/bin/sh
case $1 in build)
  mkdir -p "\${GOTMPDIR:-$TMPDIR}/go-build1"; echo yes > '${at('building')}'
  sleep 600 & wait ;;
esac
`;
  await writeFile(at('bin', 'go'), go, { mode: 0o755 });
});
afterEach(async () => {
  for (const run of runs.splice(0)) run.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

/** Starts it on a machine that has no control plane yet: neither a cache nor downloads. */
function start(): Run {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'run.ts'), `--directory=${at('data')}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${at('bin')}:/usr/bin:/bin`,
      TMPDIR: at('tmp'),
      XDG_CACHE_HOME: at('cache'),
      STEWARD_DOWNLOAD: 'off',
    },
  });
  runs.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return {
    process: child,
    output: () => output,
    exited: new Promise((resolve) => child.once('close', resolve)),
  };
}

async function untilBuilding(): Promise<void> {
  while ((await readFile(at('building'), 'utf8').catch(() => '')) === '') await sleep(10);
}

/** The files of the cache and the temporary folder. */
async function filesLeft(): Promise<string[]> {
  const entries = await Promise.all(
    ['cache', 'tmp'].map((name) => readdir(at(name), { recursive: true, withFileTypes: true })),
  );
  return entries.flat().flatMap((entry) => (entry.isFile() || entry.name.startsWith('go-build') ? [entry.name] : []));
}

/** The running processes whose environment has our cache: everything that the runs have started. */
async function processesLeft(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(at('cache')) ? readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
    }),
  );
  return found.filter((line) => line !== '');
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} during a build ends Go and its compilers, and leaves no file behind`, async () => {
    const run = start();
    await untilBuilding();
    assert.deepEqual(await readdir(at('tmp')), [], 'Go has a temporary folder of its own');
    run.process.kill(signal);
    assert.equal(await run.exited, code, run.output());
    // The kernel may need a moment for processes that have been sent a signal.
    for (let i = 0; i < 400 && (await processesLeft()).length > 0; i++) await sleep(10);
    assert.deepEqual(await processesLeft(), []);
    assert.deepEqual(await filesLeft(), []);
  });
}

test('a second run in the same directory exits with code 1, names the first, and changes nothing', async () => {
  const first = start();
  await untilBuilding();
  await writeFile(at('data', 'admin.kubeconfig'), "the first one's");
  const before = await readdir(at('data'), { recursive: true });
  const second = start();
  assert.equal(await second.exited, 1);
  assert.ok(second.output().includes(`${at('data')} is in use by process ${first.process.pid}, `), second.output());
  assert.doesNotMatch(second.output(), /\n\s+at /, 'a stack trace');
  assert.deepEqual(await readdir(at('data'), { recursive: true }), before);
  first.process.kill('SIGTERM');
  assert.equal(await first.exited, 143);
});

test('an error of the build is shown without a stack trace', async () => {
  await writeFile(at('bin', 'go'), '#!/bin/sh\n[ $1 != build ] || { echo "main.go:7: undefined" >&2; exit 1; }\n');
  const run = start();
  assert.equal(await run.exited, 1);
  assert.match(run.output(), /go build failed:\nmain\.go:7: undefined/);
  assert.doesNotMatch(run.output(), /\n\s+at /, 'a stack trace');
});
