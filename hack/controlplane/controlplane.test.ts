/** Failed starts of a control plane, with small scripts as stubs of the components. controlplane.integration.test.ts uses the real ones. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { startControlPlane } from './controlplane.ts';

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
const assets = process.env['KUBEBUILDER_ASSETS'];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-plane-'));
  await mkdir(at('assets'));
  process.env['KUBEBUILDER_ASSETS'] = at('assets');
  for (const name of ['etcd', 'kube-controller-manager', 'kubectl']) await putComponent(name, 'exec sleep 60');
});
afterEach(async () => {
  if (assets === undefined) delete process.env['KUBEBUILDER_ASSETS'];
  else process.env['KUBEBUILDER_ASSETS'] = assets;
  await rm(folder, { recursive: true, force: true });
});

/** Installs a stub that records its process id and its flags, then runs the script. */
async function putComponent(name: string, script: string): Promise<void> {
  await writeFile(at('assets', name), `#!/bin/sh\necho "$$ $*" >> '${at(`${name}.starts`)}'\n${script}\n`, {
    mode: 0o755,
  });
}

/** Installs a stub of the kube-apiserver that waits until its etcd has recorded itself, then runs the script. */
async function putApiserver(script: string): Promise<void> {
  const recorded = (name: string): string => `"$(wc -l < '${at(`${name}.starts`)}' 2>/dev/null || echo 0)"`;
  await putComponent(
    'kube-apiserver',
    `until [ ${recorded('etcd')} -ge ${recorded('kube-apiserver')} ]; do sleep 0.01; done\n${script}`,
  );
}

async function startsOf(name: string): Promise<{ pid: number; flags: string }[]> {
  const lines = (await readFile(at(`${name}.starts`), 'utf8')).trim().split('\n');
  return lines.map((line) => ({ pid: Number(line.split(' ', 1)[0]), flags: line }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a component that exits at its start is not retried; the error names its log file and ends with the log; nothing stays running', async () => {
  await putApiserver('for i in $(seq 40); do echo "line $i"; done; echo "Error: unknown flag: --nonsense" >&2; exit 1');
  await assert.rejects(startControlPlane({ directory: at('plane') }), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /^kube-apiserver exited at its start/);
    assert.ok(error.message.includes(at('plane', 'kube-apiserver.log')), error.message);
    assert.ok(error.message.endsWith('line 40\nError: unknown flag: --nonsense'), error.message);
    assert.equal(error.message.includes('line 20\n'), false, 'only the end of the log');
    return true;
  });
  assert.equal((await startsOf('kube-apiserver')).length, 1);
  for (const { pid } of await startsOf('etcd')) assert.equal(isAlive(pid), false);
});

test('a port taken by another program leads to three attempts, each with new ports; nothing stays running', async () => {
  await putApiserver('echo "Error: listen tcp 127.0.0.1: bind: address already in use" >&2; exit 1');
  await assert.rejects(startControlPlane({ directory: at('plane') }), /address already in use/);
  const starts = await startsOf('kube-apiserver');
  const ports = starts.map(({ flags }) => /--secure-port=(\d+)/.exec(flags)?.[1]);
  assert.equal(ports.length, 3);
  assert.equal(new Set(ports).size, 3);
  const etcds = await startsOf('etcd');
  assert.equal(etcds.length, 3);
  for (const { pid } of [...etcds, ...starts]) assert.equal(isAlive(pid), false);
});

test('after three attempts the error blames an etcd whose port was taken', async () => {
  await putComponent('etcd', 'echo "listen tcp 127.0.0.1: bind: address already in use" >&2; exit 1');
  await putComponent('kube-apiserver', 'exec sleep 60');
  await assert.rejects(
    startControlPlane({ directory: at('plane') }),
    /^Error: etcd exited at its start.*address already in use$/s,
  );
  assert.equal((await startsOf('etcd')).length, 3);
});

test('other files in the directory are not touched', async () => {
  await mkdir(at('plane'));
  await writeFile(at('plane', 'mine.txt'), 'mine');
  await putComponent('kube-apiserver', 'exit 1');
  await assert.rejects(startControlPlane({ directory: at('plane') }));
  assert.equal(await readFile(at('plane', 'mine.txt'), 'utf8'), 'mine');
});

test("keys and the administrator's kubeconfig are readable by their owner only", async () => {
  await putComponent(
    'kube-apiserver',
    `stat -c '%a %n' '${at('plane')}' '${at('plane')}'/*.key '${at('plane')}'/*.kubeconfig; exit 1`,
  );
  await assert.rejects(startControlPlane({ directory: at('plane') }));
  const modes = (await readFile(at('plane', 'kube-apiserver.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' ', 1)[0]);
  assert.deepEqual(modes, ['700', '600', '600', '600', '600']);
});
