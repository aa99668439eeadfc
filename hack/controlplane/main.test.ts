import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { COMPONENTS } from '../../clusters/controlplane/release.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'steward-main-'));
after(() => rm(folder, { recursive: true, force: true }));
for (const name of COMPONENTS)
  await writeFile(path.join(folder, name), `#!/bin/sh\ntouch '${folder}/started'\n`, { mode: 0o755 });

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'main.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent', KUBEBUILDER_ASSETS: folder, STEWARD_DOWNLOAD: 'off' },
  });

test('--help names every flag', () => {
  const { status, stdout } = run('--help');
  assert.equal(status, 0);
  for (const flag of ['--directory', '--prepare', '--help']) assert.ok(stdout.includes(flag), flag);
});

test('--prepare names the programs and starts none', () => {
  const { status, stderr } = run('--prepare');
  assert.equal(status, 0, stderr);
  assert.ok(stderr.includes(path.join(folder, 'kube-apiserver')), stderr);
  assert.equal(existsSync(path.join(folder, 'started')), false);
});

test('an unknown flag is an error', () => {
  const { status, stderr } = run('--nonsense');
  assert.notEqual(status, 0);
  assert.ok(stderr.includes('--nonsense'), stderr);
});
