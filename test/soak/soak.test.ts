/** Runs two minutes of the fault storm. main.ts runs it for any time. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { storm, tableOf } from './storm.ts';

test('during two minutes of faults no state of the Rules allows too much, and everything settles at the end', async (context) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'steward-storm-'));
  const seed = Date.now() % 100_000;
  // Printed first, because a storm that fails prints no table.
  context.diagnostic(`seed ${seed}`);
  const report = await storm({ directory, minutes: 2, seed });
  context.diagnostic(`\n${tableOf(report)}`);
  assert.deepEqual(report.violations, []);
  // A storm without faults proves nothing.
  assert.ok([...report.faults.values()].reduce((count, { recovered }) => count + recovered, 0) > 20, tableOf(report));
  assert.ok(report.timesSettled > 50 && report.statesChecked > 500, tableOf(report));
  await rm(directory, { recursive: true, force: true });
});
