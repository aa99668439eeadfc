import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Queue } from './queue.ts';

test('no key is lost, and no two workers have the same key', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (keys, workers) => {
        const queue = new Queue();
        const working = new Set<string>();
        const pending = new Set<string>();
        const work = async (): Promise<void> => {
          for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
            assert.ok(!working.has(key), `${key} is with two workers`);
            working.add(key);
            pending.delete(key);
            await turn();
            working.delete(key);
            queue.done(key);
          }
        };
        const all = Promise.all(Array.from({ length: workers }, work));
        for (const [i, key] of keys.entries()) {
          pending.add(key);
          queue.add(key);
          if (i % 3 === 0) await turn();
        }
        for (let i = 0; i < 3 * keys.length && (pending.size > 0 || working.size > 0); i++) await turn();
        queue.close();
        await all;
        assert.deepEqual([...pending], [], 'what was added last was worked on after it was added');
      },
    ),
  );
});

test('a waiting key is queued once', async () => {
  const queue = new Queue();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  assert.equal(queue.depth, 2);
  assert.equal(await queue.take(), 'a');
  queue.close();
});

test('a key added while a worker has it is queued once more afterwards', async () => {
  const queue = new Queue();
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('a');
  assert.equal(queue.depth, 0);
  queue.done('a');
  assert.equal(queue.depth, 1);
  queue.close();
});

test('the earliest delay counts, each failure doubles it, and forget resets it', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const queue = new Queue({ baseDelayMs: 10, maxDelayMs: 35 });
  const addedAfter = (): number => {
    for (let ms = 1; ms <= 100; ms++) {
      context.mock.timers.tick(1);
      if (queue.depth === 1) return ms;
    }
    return Infinity;
  };
  const drain = async (): Promise<void> => queue.done((await queue.take()) ?? '');
  queue.addAfter('a', 50);
  queue.addAfter('a', 20);
  queue.addAfter('a', 90);
  assert.equal(addedAfter(), 20);
  return drain()
    .then(async () => {
      const delays: number[] = [];
      for (let i = 0; i < 4; i++) {
        queue.addRateLimited('a');
        delays.push(addedAfter());
        await drain();
      }
      assert.deepEqual(delays, [10, 20, 35, 35]);
      queue.forget('a');
      queue.addRateLimited('a');
      assert.equal(addedAfter(), 10);
    })
    .finally(() => queue.close());
});

test('close wakes the waiting workers', async () => {
  const queue = new Queue();
  const waiting = queue.take();
  queue.close();
  assert.equal(await waiting, undefined);
  assert.equal(await queue.take(), undefined);
});
