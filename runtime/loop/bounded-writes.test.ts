import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BoundedWrites } from './bounded-writes.ts';

test('at most the limit run at once, and all run', async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const task = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
    done += 1;
  };
  await new BoundedWrites(3).all(Array.from({ length: 20 }, () => task));
  assert.deepEqual({ most, done }, { most: 3, done: 20 });
});

test('a failure does not stop the others, and is thrown at the end', async () => {
  let done = 0;
  const good = (): Promise<void> => Promise.resolve(void (done += 1));
  const bad = (): Promise<void> => Promise.reject(new Error('bad'));
  await assert.rejects(new BoundedWrites(1).all([bad, good, good]), /bad/);
  assert.equal(done, 2);
});
