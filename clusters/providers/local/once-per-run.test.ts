import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepContext } from '../provider.ts';
import { oncePerRun } from './once-per-run.ts';

const run = (): StepContext => ({}) as StepContext;

test('a value is built once for all steps of a run, and again for the next run', async () => {
  let built = 0;
  const valueOf = oncePerRun(() => Promise.resolve(++built));
  const [first, second] = [run(), run()];
  assert.deepEqual([await valueOf(first), await valueOf(first), await valueOf(second)], [1, 1, 2]);
});

test('a failure ends with its run', async () => {
  const results = [Promise.reject(new Error('the hub does not answer')), Promise.resolve('built')];
  const valueOf = oncePerRun(() => results.shift() ?? Promise.reject(new Error('built too often')));
  await assert.rejects(valueOf(run()), /the hub does not answer/);
  assert.equal(await valueOf(run()), 'built');
});
