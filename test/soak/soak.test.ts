/** Two minutes of the storm (main.ts runs it for as long as told). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { storm, tableOf } from './storm.ts';

test('two minutes of storm: no state allows too much, and all comes to rest', async (context) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'steward-storm-'));
  const seed = Date.now() % 100_000;
  // Also when the storm never ends with a table.
  context.diagnostic(`seed ${seed}`);
  const report = await storm({ directory, minutes: 2, seed });
  context.diagnostic(`\n${tableOf(report)}`);
  assert.deepEqual(report.violations, []);
  // A storm in which nothing happened proves nothing.
  assert.ok([...report.faults.values()].reduce((count, { recovered }) => count + recovered, 0) > 20, tableOf(report));
  assert.ok(report.rests > 50 && report.statesChecked > 500, tableOf(report));
  await rm(directory, { recursive: true, force: true });
});
