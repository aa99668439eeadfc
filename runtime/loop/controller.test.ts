import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, TerminalError, WaitingError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { Controller, type Outcome, type Watch } from './controller.ts';

/** A watch that the test feeds. */
class FedWatch implements Watch {
  readonly synced: Promise<void>;
  readonly #all: string[];
  #handler: (keys: Iterable<string>) => void = () => {};

  constructor(all: string[] = [], synced: Promise<void> = Promise.resolve()) {
    this.#all = all;
    this.synced = synced;
  }

  allKeys(): Iterable<string> {
    return this.#all;
  }

  onKeys(handler: (keys: Iterable<string>) => void): void {
    this.#handler = handler;
  }

  feed(...keys: string[]): void {
    this.#handler(keys);
  }
}

interface Run {
  readonly watch: FedWatch;
  readonly seen: string[];
  readonly errors: string[];
  readonly end: () => Promise<void>;
}

function run(reconcile: (key: string, time: number) => Promise<Outcome>, watch = new FedWatch()): Run {
  const seen: string[] = [];
  const errors: string[] = [];
  const log: Logger = { debug() {}, info() {}, error: (message) => errors.push(message), child: () => log };
  const times = new Map<string, number>();
  const controller = new Controller({
    name: 'test',
    watches: [watch],
    log,
    metrics: createMetrics(),
    reconcile: (key) => {
      seen.push(key);
      times.set(key, (times.get(key) ?? 0) + 1);
      return reconcile(key, times.get(key) ?? 0);
    },
  });
  const stop = new AbortController();
  const done = controller.run(stop.signal);
  return {
    watch,
    seen,
    errors,
    end: async () => {
      stop.abort();
      await done;
    },
  };
}

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !check(); i++) await sleep(5);
  assert.ok(check());
}

describe('the loop', () => {
  test('starts when the caches are filled, with all their objects', async () => {
    let sync = (): void => {};
    const synced = new Promise<void>((resolve) => (sync = resolve));
    const { seen, end } = run(() => Promise.resolve({}), new FedWatch(['a', 'b'], synced));
    await sleep(20);
    assert.deepEqual(seen, []);
    sync();
    await until(() => seen.length === 2);
    await end();
  });

  test('can run again, and starts with all objects', async () => {
    const watch = new FedWatch(['a']);
    const seen: string[] = [];
    const log: Logger = { debug() {}, info() {}, error() {}, child: () => log };
    const reconcile = (key: string): Promise<Outcome> => Promise.resolve(void seen.push(key)).then(() => ({}));
    const controller = new Controller({ name: 'test', watches: [watch], log, metrics: createMetrics(), reconcile });
    for (let times = 1; times <= 2; times++) {
      const stop = new AbortController();
      const done = controller.run(stop.signal);
      await until(() => seen.length === times);
      stop.abort();
      await done;
      watch.feed('not running');
    }
    assert.deepEqual(seen, ['a', 'a']);
  });

  test('waits for reconciles in progress at the end, and takes no further key', async () => {
    let finish = (): void => {};
    const { watch, seen, end } = run(() => new Promise((resolve) => (finish = () => resolve({}))));
    await sleep(5);
    watch.feed('a');
    await until(() => seen.length === 1);
    const ended = end();
    watch.feed('b');
    finish();
    await ended;
    assert.deepEqual(seen, ['a']);
  });
});

const OUTCOMES: Record<string, { fails: Error | undefined; again: boolean; errors: number }> = {
  'success does not come again': { fails: undefined, again: false, errors: 0 },
  'a terminal error does not come again, and is no error of ours': {
    fails: new TerminalError('Invalid', 'wrong'),
    again: false,
    errors: 0,
  },
  'waiting comes again': { fails: new WaitingError('Missing', 'not there', 20), again: true, errors: 0 },
  'a conflict comes again without a word': { fails: new ApiError(409, 'Conflict', 'changed'), again: true, errors: 0 },
  'anything else comes again and is logged': { fails: new Error('boom'), again: true, errors: 1 },
};
for (const [name, { fails, again, errors }] of Object.entries(OUTCOMES)) {
  test(name, async () => {
    const {
      watch,
      seen,
      errors: logged,
      end,
    } = run((_, time) => (fails === undefined || time > 1 ? Promise.resolve({}) : Promise.reject(fails)));
    await sleep(5);
    watch.feed('a');
    if (again) await until(() => seen.length === 2);
    else await sleep(150);
    await end();
    assert.equal(seen.length, again ? 2 : 1);
    assert.equal(logged.length, errors);
  });
}

test('requeueAfterMs requeues the key', async () => {
  const { watch, seen, end } = run((_, time) => Promise.resolve(time === 1 ? { requeueAfterMs: 20 } : {}));
  await sleep(5);
  watch.feed('a');
  await until(() => seen.length === 2);
  await end();
});
