/** The informer against a stub of the API server's list and watch: what it keeps, and what it does when things go wrong. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { KubeObject, Resource } from '../../api/object.ts';
import { silent } from '../../test/support/silent-log.ts';
import type { Page, WatchEvent } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { Informer } from './informer.ts';

const resource: Resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };

const thing = (name: string, version: string): KubeObject => {
  return { apiVersion: 'test/v1', kind: 'Thing', metadata: { name, resourceVersion: version } };
};
const added = (name: string, version: string): WatchEvent => ({ type: 'ADDED', object: thing(name, version) });
const bookmark = (version: string, end = false): WatchEvent => ({
  type: 'BOOKMARK',
  object: {
    ...thing('', version),
    metadata: { name: '', resourceVersion: version, annotations: end ? { 'k8s.io/initial-events-end': 'true' } : {} },
  },
});
const expired: WatchEvent = {
  type: 'ERROR',
  object: { code: 410, reason: 'Expired', message: 'too old resource version' },
};

/** One watch: events to send, then an end, an error to throw, or silence. */
type Script = {
  readonly events: readonly WatchEvent[];
  readonly lastsMs?: number;
  readonly finish?: 'end' | 'hang' | Error;
};

/** A stub of the API server: plays one script for each watch that is opened, and hangs when there is none left. */
class StubServer {
  readonly queries: Readonly<Record<string, string>>[] = [];
  readonly lists: Page<KubeObject>[] = [];
  readonly #scripts: Script[];

  constructor(...scripts: Script[]) {
    this.#scripts = scripts;
  }

  async *watch(
    _: Resource,
    query: Readonly<Record<string, string>>,
    { signal }: { signal: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    this.queries.push(query);
    const { events, lastsMs, finish = 'end' }: Script = this.#scripts.shift() ?? { events: [], finish: 'hang' };
    yield* events;
    if (lastsMs !== undefined) await sleep(lastsMs);
    if (finish instanceof Error) throw finish;
    if (finish === 'hang' && !signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    signal.throwIfAborted();
  }

  listWithVersion<T extends KubeObject>(): Promise<Page<T>> {
    const page = this.lists.shift();
    return page === undefined ? Promise.reject(new Error('no list')) : Promise.resolve(page as unknown as Page<T>);
  }
}

async function follow(
  server: StubServer,
  until: (informer: Informer<KubeObject>) => boolean,
  stallMs = 5_000,
): Promise<Informer<KubeObject>> {
  const informer = new Informer({ resource, client: server, log: silent, stallMs });
  const stop = new AbortController();
  const running = informer.start(stop.signal);
  const deadline = Date.now() + 10_000;
  while (!until(informer) && Date.now() < deadline) await sleep(5);
  assert.ok(until(informer), 'what was waited for came');
  stop.abort();
  await running;
  return informer;
}

const names = (informer: Informer<KubeObject>): string[] =>
  informer.store
    .list()
    .map(({ metadata }) => metadata.name)
    .sort();
const INITIAL: Script = { events: [added('a', '1'), added('b', '2'), bookmark('5', true)] };

describe('the initial state', () => {
  test('is complete only at the end of the initial events', async () => {
    const server = new StubServer({ events: [added('a', '1')], finish: 'hang' });
    const informer = new Informer({ resource, client: server, log: silent });
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    while (server.queries.length === 0) await sleep(1);
    await sleep(20);
    assert.equal(informer.hasSynced, false);
    assert.equal(informer.store.size, 0);
    stop.abort();
    await running;
  });

  test('is streamed through the watch', async () => {
    const server = new StubServer({ ...INITIAL, finish: 'hang' });
    const informer = await follow(server, ({ hasSynced }) => hasSynced);
    assert.deepEqual(names(informer), ['a', 'b']);
    assert.equal(server.queries[0]?.['sendInitialEvents'], 'true');
  });

  test('is listed where the server does not support watch-list', async () => {
    const server = new StubServer(
      { events: [], finish: new ApiError(422, 'Invalid', 'sendInitialEvents: Forbidden') },
      { events: [added('c', '8')], finish: 'hang' },
    );
    server.lists.push({ items: [thing('a', '1')], resourceVersion: '7' });
    const informer = await follow(server, ({ store }) => store.size === 2);
    assert.deepEqual(names(informer), ['a', 'c']);
    assert.equal(server.queries[1]?.['resourceVersion'], '7');
  });

  test('is listed when a watch opens and stays silent, and streamed again the next time', async () => {
    const server = new StubServer(
      { events: [added('a', '1')], finish: 'hang' },
      { events: [expired] },
      { events: [added('d', '9'), bookmark('9', true)], finish: 'hang' },
    );
    server.lists.push({ items: [thing('b', '2')], resourceVersion: '7' });
    const informer = await follow(server, ({ store }) => store.get('d') !== undefined, 30);
    assert.deepEqual(names(informer), ['d']);
    assert.deepEqual(
      server.queries.map((query) => query['sendInitialEvents']),
      ['true', undefined, 'true'],
    );
    assert.equal(server.queries[1]?.['resourceVersion'], '7');
  });

  test('that was half read when the connection broke is read again', async () => {
    const server = new StubServer(
      { events: [added('a', '1')], finish: new Error('reset') },
      { events: [added('b', '2'), bookmark('5', true)], finish: 'hang' },
    );
    const informer = await follow(server, ({ hasSynced }) => hasSynced);
    assert.deepEqual(names(informer), ['b']);
    assert.equal(server.queries[1]?.['sendInitialEvents'], 'true');
  });
});

describe('after the initial state', () => {
  test('a clean end is resumed from the last version, bookmarks included', async () => {
    const server = new StubServer(
      INITIAL,
      { events: [added('c', '6'), bookmark('9')] },
      { events: [added('d', '10')], finish: 'hang' },
    );
    const informer = await follow(server, ({ store }) => store.size === 4);
    assert.deepEqual(
      server.queries.slice(1).map((query) => query['resourceVersion']),
      ['5', '9'],
    );
    assert.equal(informer.relists, 1);
  });

  test('an expired version leads to a full read, which reports deletions', async () => {
    const server = new StubServer(
      INITIAL,
      { events: [expired] },
      { events: [added('b', '2'), bookmark('20', true)], finish: 'hang' },
    );
    const informer = new Informer({ resource, client: server, log: silent });
    const changes: string[] = [];
    informer.onChange(({ type, object }) => changes.push(`${type} ${object.metadata.name}`));
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    while (changes.length < 3) await sleep(1);
    stop.abort();
    await running;
    assert.deepEqual(changes, ['added a', 'added b', 'deleted a']);
  });

  for (const [name, script] of Object.entries({
    'that end at once': { events: [] },
    'whose version is unknown at once': { events: [expired] },
  })) {
    test(`watches ${name} are reopened only after a pause`, async () => {
      const server = new StubServer(INITIAL, ...Array.from({ length: 1_000 }, () => script));
      const informer = new Informer({ resource, client: server, log: silent });
      const stop = new AbortController();
      const running = informer.start(stop.signal);
      await informer.synced;
      // Each watch of the stub ends within a few turns of the event loop.
      for (let i = 0; i < 2_000; i++) await turn();
      stop.abort();
      await running;
      assert.ok(server.queries.length < 100, `${server.queries.length} watches`);
    });
  }

  test('a full read that breaks off changes nothing, and is no sign of life', async () => {
    const server = new StubServer(
      INITIAL,
      { events: [expired] },
      { events: [added('new', '9')], finish: new Error('reset') },
    );
    const informer = new Informer({ resource, client: server, log: silent });
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    while (server.queries.length < 4) await sleep(5);
    assert.deepEqual(names(informer), ['a', 'b']);
    stop.abort();
    await running;
  });

  test('a silent connection is dropped', async () => {
    const server = new StubServer({ ...INITIAL, finish: 'hang' }, { events: [added('c', '6')], finish: 'hang' });
    await follow(server, ({ store }) => store.size === 3, 50);
    assert.equal(server.queries[1]?.['resourceVersion'], '5');
  });

  test('a response with Retry-After is respected', async () => {
    const server = new StubServer(
      { events: [], finish: new ApiError(429, 'TooManyRequests', 'slow down', 300) },
      { ...INITIAL, finish: 'hang' },
    );
    const start = performance.now();
    await follow(server, ({ hasSynced }) => hasSynced);
    assert.ok(performance.now() - start >= 295);
  });

  test('a handler that throws stops neither other handlers nor the informer', async () => {
    const server = new StubServer({ ...INITIAL, finish: 'hang' });
    const informer = new Informer({ resource, client: server, log: silent });
    const seen: string[] = [];
    informer.onChange(() => {
      throw new Error('handler');
    });
    informer.onChange(({ object }) => seen.push(object.metadata.name));
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await informer.synced;
    stop.abort();
    await running;
    assert.deepEqual(seen, ['a', 'b']);
  });

  test('a deletion is reported with the last known object', async () => {
    const gone: WatchEvent = { type: 'DELETED', object: thing('a', '6') };
    const server = new StubServer(INITIAL, { events: [gone], finish: 'hang' });
    const informer = await follow(server, ({ store }) => store.size === 1 && store.get('a') === undefined);
    assert.deepEqual(names(informer), ['b']);
  });
});

describe('the version', () => {
  test('is that of the last event, but only after a complete full read', async () => {
    const server = new StubServer({
      events: [added('a', '1'), bookmark('5', true), added('b', '7'), bookmark('9')],
      finish: 'hang',
    });
    const informer = await follow(server, (each) => each.version === 9);
    assert.equal(informer.version, 9);
    const starting = new StubServer({ events: [added('a', '8')], finish: 'hang' });
    assert.equal((await follow(starting, () => starting.queries.length > 0)).version, 0);
  });
});

describe('short watches', () => {
  test('start after the full read, however long that takes', async () => {
    const server = new StubServer({ ...INITIAL, finish: 'hang' }, { events: [added('c', '7')], finish: 'hang' });
    const informer = new Informer({ resource, client: server, log: silent, watchSeconds: 10 });
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    while (informer.version < 7) await sleep(5);
    const seconds = server.queries.map((query) => Number(query['timeoutSeconds']));
    assert.ok(
      seconds.length === 2 && (seconds[0] ?? 0) >= 300 && (seconds[1] ?? 0) >= 10 && (seconds[1] ?? 0) < 20,
      seconds.join(),
    );
    assert.equal(server.queries[1]?.['resourceVersion'], '5');
    stop.abort();
    await running;
  });
});

describe('a watch that ends without any event', () => {
  const ENDS: Record<string, { lastsMs: number; ageMs: number }> = {
    'is a sign of life when its time was over': { lastsMs: 1_010, ageMs: 0 },
    'is none before': { lastsMs: 100, ageMs: 5_000 },
  };
  for (const [name, { lastsMs, ageMs }] of Object.entries(ENDS)) {
    test(name, async () => {
      const server = new StubServer(INITIAL, { events: [], lastsMs });
      let now = 0;
      const informer = new Informer({ resource, client: server, log: silent, watchSeconds: 1, now: () => now });
      const stop = new AbortController();
      const running = informer.start(stop.signal);
      await informer.synced;
      now = 5_000;
      // The one after it is open.
      while (server.queries.length < 3) await sleep(5);
      assert.equal(informer.lastEventAgeMs(), ageMs);
      assert.equal(informer.version, 5);
      stop.abort();
      await running;
    });
  }
});

describe('a refresh', () => {
  test('reads everything again, and resolves when it is in the cache', async () => {
    const second: Script = { events: [added('b', '2'), added('c', '6'), bookmark('8', true)], finish: 'hang' };
    const server = new StubServer({ ...INITIAL, finish: 'hang' }, second);
    const informer = new Informer({ resource, client: server, log: silent });
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    await informer.synced;
    assert.deepEqual(names(informer), ['a', 'b']);
    await informer.refresh();
    assert.deepEqual(names(informer), ['b', 'c']);
    assert.equal(informer.version, 8);
    assert.equal(server.queries[1]?.['sendInitialEvents'], 'true');
    stop.abort();
    await running;
  });

  test('does not accept a full read that was requested before it', async () => {
    const server = new StubServer({ events: [added('a', '1')], finish: 'hang' }, { ...INITIAL, finish: 'hang' });
    const informer = new Informer({ resource, client: server, log: silent });
    const stop = new AbortController();
    const running = informer.start(stop.signal);
    while (server.queries.length === 0) await sleep(1);
    await informer.refresh();
    assert.equal(server.queries.length, 2);
    assert.equal(informer.relists, 2);
    stop.abort();
    await running;
  });
});
