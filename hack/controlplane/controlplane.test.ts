/** How a start ends that fails, with small scripts in the place of the components. The real ones: controlplane.integration.test.ts. */
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

/** A component that notes its process and its flags, then does as the script says. */
async function putComponent(name: string, script: string): Promise<void> {
  await writeFile(at('assets', name), `#!/bin/sh\necho "$$ $*" >> '${at(`${name}.starts`)}'\n${script}\n`, {
    mode: 0o755,
  });
}

/** A kube-apiserver that ends, but not before the etcd started with it has noted itself. */
async function putApiserver(script: string): Promise<void> {
  const noted = (name: string): string => `"$(wc -l < '${at(`${name}.starts`)}' 2>/dev/null || echo 0)"`;
  await putComponent(
    'kube-apiserver',
    `until [ ${noted('etcd')} -ge ${noted('kube-apiserver')} ]; do sleep 0.01; done\n${script}`,
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

test('a component that ends at its start: the error ends with its log and names the file, it is not tried again, and nothing stays', async () => {
  await putApiserver('for i in $(seq 40); do echo "line $i"; done; echo "Error: unknown flag: --nonsense" >&2; exit 1');
  await assert.rejects(startControlPlane({ directory: at('plane') }), (error) => {
    assert.ok(error instanceof Error);
    assert.match(error.message, /^kube-apiserver ended at its start/);
    assert.ok(error.message.includes(at('plane', 'kube-apiserver.log')), error.message);
    assert.ok(error.message.endsWith('line 40\nError: unknown flag: --nonsense'), error.message);
    assert.equal(error.message.includes('line 20\n'), false, 'only the end of the log');
    return true;
  });
  assert.equal((await startsOf('kube-apiserver')).length, 1);
  for (const { pid } of await startsOf('etcd')) assert.equal(isAlive(pid), false);
});

test('a port that was taken meanwhile: three tries, each with ports of its own, and nothing stays of any', async () => {
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

test('an etcd whose port was taken is what the error blames, after three tries', async () => {
  await putComponent('etcd', 'echo "listen tcp 127.0.0.1: bind: address already in use" >&2; exit 1');
  await putComponent('kube-apiserver', 'exec sleep 60');
  await assert.rejects(
    startControlPlane({ directory: at('plane') }),
    /^Error: etcd ended at its start.*address already in use$/s,
  );
  assert.equal((await startsOf('etcd')).length, 3);
});

test('what else lies in the directory stays there', async () => {
  await mkdir(at('plane'));
  await writeFile(at('plane', 'mine.txt'), 'mine');
  await putComponent('kube-apiserver', 'exit 1');
  await assert.rejects(startControlPlane({ directory: at('plane') }));
  assert.equal(await readFile(at('plane', 'mine.txt'), 'utf8'), 'mine');
});

test("what holds keys and the administrator's kubeconfig is for its owner alone", async () => {
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
