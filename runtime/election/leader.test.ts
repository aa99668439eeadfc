/** The election against a stub of the one Lease, with the API server's optimistic concurrency. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../api/object.ts';
import { silent } from '../../test/support/silent-log.ts';
import { ApiError } from '../errors.ts';
import { LeaderElector, type Lease } from './leader.ts';

/** The one Lease, as the stub of an API server stores it. */
class StoredLease {
  lease: Lease | undefined;
  #version = 0;

  store<T extends KubeObject>(object: T): T {
    this.#version += 1;
    this.lease = {
      ...(object as unknown as Lease),
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    };
    return object;
  }
}

/** One candidate's way to the stub; it can be cut. */
class StubClient {
  readonly #stored: StoredLease;
  cut = false;

  constructor(stored: StoredLease) {
    this.#stored = stored;
  }

  get = <T extends KubeObject>(): Promise<T | undefined> =>
    this.#answer(() => structuredClone(this.#stored.lease) as unknown as T | undefined);
  create = <T extends KubeObject>(_: unknown, object: T): Promise<T> =>
    this.#answer(() => {
      if (this.#stored.lease !== undefined) throw new ApiError(409, 'AlreadyExists', 'exists');
      return this.#stored.store(object);
    });
  update = <T extends KubeObject>(_: unknown, object: T): Promise<T> =>
    this.#answer(() => {
      if (object.metadata.resourceVersion !== this.#stored.lease?.metadata.resourceVersion)
        throw new ApiError(409, 'Conflict', 'changed');
      return this.#stored.store(object);
    });

  #answer<T>(give: () => T): Promise<T> {
    return this.cut ? Promise.reject(new Error('connection refused')) : Promise.resolve().then(give);
  }
}

const electorOf = (client: StubClient, identity: string): LeaderElector =>
  new LeaderElector({
    client,
    identity,
    name: 'test',
    namespace: 'ns',
    log: silent,
    leaseDurationMs: 300,
    renewDeadlineMs: 200,
    retryPeriodMs: 40,
  });

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

test('one candidate leads at a time, and the next takes over at once when the Lease is released', async () => {
  const lease = new StoredLease();
  const leading = new Set<string>();
  const led: string[] = [];
  const candidates = ['a', 'b'].map((identity) => {
    const stop = new AbortController();
    const done = electorOf(new StubClient(lease), identity).run(stop.signal, async (signal) => {
      leading.add(identity);
      led.push(identity);
      assert.equal(leading.size, 1);
      await untilAborted(signal);
      leading.delete(identity);
    });
    return { identity, stop, done };
  });
  while (led.length === 0) await sleep(5);
  const [first, second] = candidates[0]?.identity === led[0] ? candidates : candidates.toReversed();
  first?.stop.abort();
  await first?.done;
  while (led.length < 2) await sleep(5);
  second?.stop.abort();
  await second?.done;
  assert.deepEqual(led.toSorted(), ['a', 'b']);
  assert.equal(lease.lease?.spec.holderIdentity, '');
});

test('a leader that cannot renew stops before another starts', async () => {
  const lease = new StoredLease();
  const client = new StubClient(lease);
  const stop = new AbortController();
  const happened: string[] = [];
  const first = electorOf(client, 'a').run(stop.signal, async (signal) => {
    happened.push('a leads');
    client.cut = true;
    await untilAborted(signal);
    happened.push('a stopped');
  });
  while (happened.length === 0) await sleep(1);
  const second = electorOf(new StubClient(lease), 'b').run(stop.signal, () =>
    Promise.resolve(void happened.push('b leads')),
  );
  await assert.rejects(first, { code: 'E_LEADERSHIP_LOST', workEnded: true });
  await second;
  assert.deepEqual(happened, ['a leads', 'a stopped', 'b leads']);
});

test('work that hangs does not hold up a leader that lost the Lease', async () => {
  const client = new StubClient(new StoredLease());
  let finish = (): void => {};
  const stuck = new Promise<void>((resolve) => (finish = resolve));
  const running = electorOf(client, 'a').run(new AbortController().signal, () => {
    client.cut = true;
    return stuck;
  });
  await assert.rejects(running, { code: 'E_LEADERSHIP_LOST', workEnded: false });
  finish();
});

test("the times in another machine's Lease do not count, only whether it changes", async () => {
  const lease = new StoredLease();
  lease.store({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'test', namespace: 'ns' },
    spec: { holderIdentity: 'elsewhere', renewTime: '1999-01-01T00:00:00.000000Z', leaseDurationSeconds: 1 },
  } as KubeObject);
  const stop = new AbortController();
  const start = performance.now();
  await electorOf(new StubClient(lease), 'a').run(stop.signal, () => Promise.resolve());
  assert.ok(performance.now() - start >= 290, 'an old time alone does not free the Lease');
});

test('a Lease counts for the duration of its holder, not of the candidate', async () => {
  const lease = new StoredLease();
  lease.store({
    metadata: { name: 'test', namespace: 'ns' },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 1 },
  } as unknown as Lease);
  const began = performance.now();
  const stop = new AbortController();
  let tookMs = 0;
  await electorOf(new StubClient(lease), 'b').run(stop.signal, () => {
    tookMs = performance.now() - began;
    return Promise.resolve();
  });
  assert.ok(tookMs >= 1_000, `taken after ${tookMs} ms, and 300 ms is only the duration of the one that takes it`);
});
