/** How Go is called, and what a failed build leaves behind. A small script stands in for Go. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from './build.ts';
import { KUBERNETES_VERSION, SOURCE } from './release.ts';

let folder: string;
const machine = process.env['PATH'];
const at = (...names: string[]): string => path.join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-build-'));
  await mkdir(at('bin'));
  process.env['PATH'] = at('bin');
});
afterEach(async () => {
  process.env['PATH'] = machine;
  await rm(folder, { recursive: true, force: true });
});

/**
 * A `go` that notes folder, CGO_ENABLED and arguments of each call, and builds as the script says; `$out` is the file
 * asked for.
 */
async function installGo(building: string): Promise<void> {
  const script = `#!/bin/sh
PATH=/usr/bin:/bin
echo "$PWD|$CGO_ENABLED|$*" >> '${at('calls')}'
case $1 in
  list) echo k8s.io/a; echo k8s.io/b ;;
  build)
    while [ "$1" != -o ]; do shift; done; out=$2
    ${building} ;;
esac
`;
  await writeFile(at('bin', 'go'), script, { mode: 0o755 });
}

test("the program is built in the module's folder, without cgo, and with the version that it reports", async () => {
  await installGo('echo k8s.io/a >&2; echo program > "$out"');
  await build(at('cache', 'deep', 'controlplane'), { log: () => undefined });
  assert.equal(await readFile(at('cache', 'deep', 'controlplane'), 'utf8'), 'program\n');
  assert.deepEqual(await readdir(at('cache', 'deep')), ['controlplane']);

  const call = (await readFile(at('calls'), 'utf8')).split('\n').find((line) => line.includes('|build ')) ?? '';
  assert.ok(call.startsWith(`${SOURCE}|0|`), call);
  assert.ok(call.includes(' -trimpath '), call);
  const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
  for (const value of [
    `gitVersion=${KUBERNETES_VERSION}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    'gitTreeState=clean',
  ]) {
    assert.ok(call.includes(`-X k8s.io/component-base/version.${value}`), `${value} in ${call}`);
  }
});

test("a failed build reports Go's own words, and leaves only the earlier program", async () => {
  await installGo('echo half > "$out"; echo "main.go:7: undefined: apiserver" >&2; exit 1');
  await mkdir(at('cache'));
  await writeFile(at('cache', 'controlplane'), 'earlier');
  await assert.rejects(
    build(at('cache', 'controlplane'), { log: () => undefined }),
    /go build failed:\n.*main\.go:7: undefined: apiserver/s,
  );
  assert.deepEqual(await readdir(at('cache')), ['controlplane']);
  assert.equal(await readFile(at('cache', 'controlplane'), 'utf8'), 'earlier');
});

test('an aborted build ends Go and the processes that Go started, and leaves nothing', async () => {
  await installGo(`touch "$GOTMPDIR/go-build1" "$out"; sleep 60 & echo $! > '${at('compiler')}'; wait`);
  const stop = new AbortController();
  const building = build(at('cache', 'controlplane'), { log: () => undefined, signal: stop.signal });
  const compiler = await pidIn(at('compiler'));
  stop.abort(new Error('stopped by the user'));
  await assert.rejects(building, /stopped by the user/);
  assert.deepEqual(await readdir(at('cache')), []);
  for (let i = 0; i < 400 && (await isAlive(compiler)); i++) await sleep(10);
  assert.equal(await isAlive(compiler), false);
});

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (pid > 0) return pid;
    await sleep(5);
  }
}

/** A process that has ended but was not waited for yet counts as ended. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return stat.split(') ')[1]?.[0] !== 'Z';
}

test('a build of low priority gives way to everything else', async () => {
  process.env['PATH'] = `${at('bin')}:/usr/bin:/bin`;
  await installGo('nice > "$out"');
  await build(at('cache', 'controlplane'), { log: () => undefined, lowPriority: true });
  assert.equal(await readFile(at('cache', 'controlplane'), 'utf8'), '19\n');
});

test('without Go the error says what to install or to set', async () => {
  await assert.rejects(
    build(at('cache', 'controlplane'), { log: () => undefined }),
    /install Go .* or set KUBEBUILDER_ASSETS/,
  );
  assert.deepEqual(await readdir(folder), ['bin']);
});
