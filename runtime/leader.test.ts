/** The election against a stub of the one Lease, with the API server's optimistic concurrency. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../api/object.ts';
import { ApiError } from './errors.ts';
import { LeaderElector, type Lease, LeadershipLostError } from './leader.ts';
import type { Logger } from './log.ts';

const silent: Logger = { debug() {}, info() {}, error() {}, child: () => silent };

/** A stub of the API server that holds one Lease. */
class StubLease {
  lease: Lease | undefined;
  down = false;
  #version = 0;

  get = <T extends KubeObject>(): Promise<T | undefined> => this.#answer(() => structuredClone(this.lease) as unknown as T | undefined);
  create = <T extends KubeObject>(_: unknown, object: T): Promise<T> =>
    this.#answer(() => {
      if (this.lease !== undefined) throw new ApiError(409, 'AlreadyExists', 'exists');
      return this.#store(object);
    });
  update = <T extends KubeObject>(_: unknown, object: T): Promise<T> =>
    this.#answer(() => {
      if (object.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) throw new ApiError(409, 'Conflict', 'changed');
      return this.#store(object);
    });

  #store<T extends KubeObject>(object: T): T {
    this.#version += 1;
    this.lease = { ...(object as unknown as Lease), metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    return object;
  }

  #answer<T>(give: () => T): Promise<T> {
    return this.down ? Promise.reject(new Error('connection refused')) : Promise.resolve().then(give);
  }
}

const electorOf = (client: StubLease, identity: string): LeaderElector =>
  new LeaderElector({
    client, identity, name: 'test', namespace: 'ns', log: silent, leaseDurationMs: 300, renewDeadlineMs: 200, retryPeriodMs: 40,
  });

const untilAborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

test('one leads at a time, and the next takes over at once when the first gives the Lease back', async () => {
  const lease = new StubLease();
  const leading = new Set<string>();
  const led: string[] = [];
  const candidates = ['a', 'b'].map((identity) => {
    const stop = new AbortController();
    const done = electorOf(lease, identity).run(stop.signal, async (signal) => {
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

test('a leader that can not renew stops, before anyone else may begin', async () => {
  const lease = new StubLease();
  const stop = new AbortController();
  let lostAt = 0;
  const running = electorOf(lease, 'a').run(stop.signal, async (signal) => {
    lease.down = true;
    await untilAborted(signal);
    lostAt = performance.now();
  });
  await assert.rejects(running, LeadershipLostError);
  lease.down = false;
  const begun = new Promise<number>((resolve) => {
    void electorOf(lease, 'b').run(stop.signal, async (signal) => {
      resolve(performance.now());
      await untilAborted(signal);
    });
  });
  assert.ok((await begun) > lostAt);
  stop.abort();
});

test('the times in a Lease of another machine do not count, only that it does not change', async () => {
  const lease = new StubLease();
  await lease.create(undefined, {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'test', namespace: 'ns' },
    spec: { holderIdentity: 'elsewhere', renewTime: '1999-01-01T00:00:00.000000Z', leaseDurationSeconds: 1 },
  } as KubeObject);
  const stop = new AbortController();
  const start = performance.now();
  await electorOf(lease, 'a').run(stop.signal, () => Promise.resolve());
  assert.ok(performance.now() - start >= 290, 'an old time alone gives nobody the Lease');
});
