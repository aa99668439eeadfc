import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Backoff } from './backoff.ts';

test('the ceiling doubles up to the maximum, and starts again after a reset', () => {
  const backoff = new Backoff(10, 60, () => 1);
  const next = (): number => backoff.next();
  assert.deepEqual(Array.from({ length: 5 }, next), [10, 20, 40, 60, 60]);
  backoff.reset();
  assert.equal(backoff.next(), 10);
});

test('a delay is spread evenly below its ceiling', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      assert.equal(new Backoff(10, 60, () => random).next(), 10 * random);
    }),
  );
});

test('endless failures stay at the maximum delay', () => {
  const backoff = new Backoff(10, 60, () => 1);
  for (let i = 0; i < 2_000; i++) backoff.next();
  assert.equal(backoff.next(), 60);
});
