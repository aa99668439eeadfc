import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { abortableSleep } from '../abort.ts';
import { SilenceError, withSilenceLimit } from './silence-limit.ts';

const LIMIT_MS = 1_000;

/** A source that gives one event each time it is told to, and never ends by itself. */
class FedSource implements AsyncIterable<string> {
  returned = false;
  #give: (event: string) => void = () => {};

  give(event: string): void {
    this.#give(event);
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: () => new Promise((resolve) => (this.#give = (value) => resolve({ value, done: false }))),
      return: () => {
        this.returned = true;
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }
}

interface Reading {
  readonly seen: string[];
  readonly stops: () => number;
  readonly end: Promise<unknown>;
}

/** Reads in the background; `end` gives what was thrown. */
function read(source: AsyncIterable<string>): Reading {
  const seen: string[] = [];
  let stops = 0;
  const all = async (): Promise<void> => {
    for await (const event of withSilenceLimit(
      source,
      () => LIMIT_MS,
      () => (stops += 1),
    ))
      seen.push(event);
  };
  return { seen, stops: () => stops, end: all().catch((error: unknown) => error) };
}

async function pass(context: TestContext, ms: number): Promise<void> {
  context.mock.timers.tick(ms);
  await turn();
}

describe('the limit on silence', () => {
  test('counts from the last event, not from the first', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new FedSource();
    const { seen, stops, end } = read(source);
    for (const event of ['a', 'b', 'c']) {
      await pass(context, LIMIT_MS - 1);
      source.give(event);
      await turn();
    }
    assert.deepEqual(seen, ['a', 'b', 'c']);
    assert.equal(stops(), 0);
    await pass(context, LIMIT_MS);
    assert.ok((await end) instanceof SilenceError);
  });

  test('stops a dead source without waiting for it', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new FedSource();
    const { stops, end } = read(source);
    await pass(context, LIMIT_MS);
    assert.ok((await end) instanceof SilenceError);
    assert.equal(stops(), 1);
    assert.ok(source.returned);
  });

  test('passes on the end of the source and its error', async () => {
    const fails = async function* (): AsyncGenerator<string> {
      yield 'a';
      throw new RangeError('source');
    };
    const ends = async function* (): AsyncGenerator<string> {
      yield 'a';
    };
    assert.ok((await read(fails()).end) instanceof RangeError);
    const ended = read(ends());
    assert.equal(await ended.end, undefined);
    assert.deepEqual(ended.seen, ['a']);
  });

  test('stops the source when the reader leaves', async () => {
    const source = new FedSource();
    let stopped = false;
    const reader = (async (): Promise<void> => {
      for await (const _ of withSilenceLimit(
        source,
        () => LIMIT_MS,
        () => (stopped = true),
      ))
        break;
    })();
    await turn();
    source.give('a');
    await reader;
    assert.ok(stopped && source.returned);
  });
});

describe('a sleep', () => {
  test('ends on time', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let awake = false;
    void abortableSleep(50, new AbortController().signal).then(() => (awake = true));
    await pass(context, 49);
    assert.equal(awake, false);
    await pass(context, 1);
    assert.equal(awake, true);
  });

  test('ends with the signal, even one that aborted before', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const stop = new AbortController();
    const sleeping = abortableSleep(1_000, stop.signal);
    stop.abort();
    await sleeping;
    await abortableSleep(1_000, stop.signal);
  });
});
