/**
 * Runs `kubectl steward` on a real hub: kubectl finds the bundled plugin and runs it for users with different rights.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { applySamples } from '../../hack/local/samples.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

const ROOT = path.join(import.meta.dirname, '../..');
let directory: string;
let stack: Stack;
before(async () => {
  execFileSync(process.execPath, [path.join(ROOT, 'hack/release/bundle.ts')]);
  directory = await mkdtemp(path.join(tmpdir(), 'steward-cli-'));
  stack = await startStack({ directory });
  await applySamples(stack);
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `kubectl steward ARGS`, by default as the administrator. */
function steward(args: readonly string[], kubeconfig = stack.controlPlane.kubeconfig): Ran {
  return runKubectl(['steward', ...args], kubeconfig);
}

function runKubectl(args: readonly string[], kubeconfig: string): Ran {
  const [program = '', ...before] = stack.controlPlane.kubectlCommand;
  const { status, stdout, stderr } = spawnSync(program, [...before, ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      PATH: `${path.join(ROOT, 'dist')}:${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    },
  });
  return { code: status, out: stdout, err: stderr };
}

/** Writes a kubeconfig for an ordinary user, with a client certificate, and returns its path. */
const kubeconfigOf = (user: string, tenant: string): Promise<string> =>
  writeUserKubeconfig(stack.controlPlane, { user, tenant }, path.join(directory, `${user}.kubeconfig`));

const BOB = ['--as', 'bob', '--tenant', 'acme'];

test('can-i prints the decision and returns its exit code', () => {
  const yes = steward(['can-i', 'get', 'pods/web', '-n', 'shop-dev', ...BOB]);
  assert.equal(yes.code, 0, yes.err);
  assert.match(
    yes.out,
    /^yes - bob of tenant acme may getPod on namespace:shop-dev\/pod:web in project prj-acme-shop: .*Policy \S+ allows /,
  );
  const no = steward(['can-i', 'delete', 'pods/web', '-n', 'shop-prod', ...BOB]);
  assert.deepEqual([no.code, no.out.slice(0, 5)], [1, 'no - ']);
  assert.match(no.out, /Policy pol-acme-keep-production denies /);
});

test('the hub and the manifests give the same answer, byte for byte', () => {
  for (const args of [
    ['explain', 'delete', 'pods/web', '-n', 'shop-prod', ...BOB],
    ['what-can', ...BOB],
    ['who-can', 'delete', 'pods/web', '-n', 'shop-prod'],
  ]) {
    const live = steward([...args, '-o', 'json']);
    const offline = steward([...args, '-o', 'json', '-f', path.join(ROOT, 'config/samples')]);
    assert.equal(live.code, 0, live.err);
    assert.equal(live.out, offline.out);
  }
});

test('can-i without --as asks for the user of the kubeconfig', async () => {
  // This user may list Rules, Namespaces and Projects.
  const reader = await kubeconfigOf('admin', 'default');
  const { code, out, err } = steward(['can-i', 'get', 'pods/web', '-n', 'shop-dev'], reader);
  assert.equal(code, 0, err);
  assert.match(out, /^yes - admin of tenant default\b/);
});

test('a user who may not list Rules gets an error that says what to do instead', async () => {
  const { code, out, err } = steward(['explain', 'get', 'pods', '-n', 'shop-dev'], await kubeconfigOf('bob', 'acme'));
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /^error: you may not list \w+\.\w+\.tkestack\.io on this hub/);
  assert.match(err, /kubectl auth can-i/);
});

test('a forbidden kubectl command says what is missing and who can help, but shows no chains of other users', async () => {
  const bob = await kubeconfigOf('bob', 'acme');
  const refused = runKubectl(['delete', 'pod', 'web', '-n', 'shop-prod'], bob);
  assert.match(refused.err, /: Policy pol-acme-keep-production denies delete\* on \*namespace:shop-prod\/\*$/m);
  const missing = runKubectl(['get', 'secrets', '-n', 'billing-dev'], bob);
  assert.match(
    missing.err,
    /no policy allows it\. The closest match is Policy \S+, but .*Ask an administrator of tenant acme: alice\./,
  );
  assert.doesNotMatch(refused.err + missing.err, /Grant|Role |rul-/);
});

test('kubectl completes the commands of the plugin', () => {
  const { out } = runKubectl(['__complete', 'steward', 'wh'], stack.controlPlane.kubeconfig);
  assert.match(out, /who-can\t.*\nwhat-can\t.*\n:4\n/);
});
