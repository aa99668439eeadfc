/**
 * Checks that the benchmarks still work: every engine answers, agrees and appears in the table. Figures are not
 * checked.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

test('the Go peers pass their own tests', { timeout: 1_200_000 }, () => {
  const { status, stdout, stderr } = spawnSync('go', ['test', './...'], {
    cwd: path.join(import.meta.dirname, 'peers'),
    encoding: 'utf8',
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  assert.equal(status, 0, stdout + stderr);
});

test('the smoke run completes with every peer', { timeout: 1_200_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(import.meta.dirname, 'main.ts'), '--smoke'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  for (const engine of ['steward', 'node-casbin', 'casbin', 'opa', 'rbac'])
    assert.match(stdout, new RegExp(`^980 +${engine} .* \\d`, 'm'));
  assert.match(stderr, /casbin agrees on the \d+ requests/);
  assert.match(stderr, /opa agrees on the \d+ requests/);
  assert.match(stdout, /^authorizer, 980 rules +[\d,]+ +\d+ %/m);
  assert.match(stdout, /^RULES +READY AFTER s/m);
});
