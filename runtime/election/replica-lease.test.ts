/** A replica's Lease and the writers that wait for it, with a stub API server that stores Leases, and a test clock. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../api/object.ts';
import { ApiError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Lease } from './leader.ts';
import { ReplicaLease } from './replica-lease.ts';
import { REPLICA_OF, Replicas, SEEN_VERSION } from './replicas.ts';

const silent: Logger = { debug() {}, info() {}, error() {}, child: () => silent };
const DURATION_MS = 6_000;

class StubServer {
  readonly leases = new Map<string, Lease>();
  cut = false;
  /** What is on its way arrives when this is over. */
  delay: Promise<void> = Promise.resolve();
  /** How much was asked. */
  asked = 0;

  create = <T extends KubeObject>(_: unknown, object: T): Promise<T> =>
    this.#answer(() => this.#put(object as unknown as Lease));
  patch = <T extends KubeObject>(_: unknown, { name }: { name: string }, { body }: { body: unknown }): Promise<T> =>
    this.#answer(() => {
      const known = this.leases.get(name);
      if (known === undefined) throw new ApiError(404, 'NotFound', 'gone');
      const { metadata = {}, spec = {} } = body as Partial<Lease>;
      return this.#put({ ...known, metadata: { ...known.metadata, ...metadata }, spec: { ...known.spec, ...spec } });
    });
  delete = (_: unknown, { name }: { name: string }): Promise<void> => this.#answer(() => void this.leases.delete(name));
  list = <T extends KubeObject>(): Promise<T[]> => this.#answer(() => [...this.leases.values()]);

  #put(lease: Lease): Lease {
    this.leases.set(lease.metadata.name, lease);
    return lease;
  }

  #answer<T>(give: () => unknown): Promise<T> {
    this.asked += 1;
    return this.cut ? Promise.reject(new Error('connection refused')) : this.delay.then(give as () => T);
  }
}

const worlds: World[] = [];
// After failures too: a replica that is not stopped keeps renewing its Lease.
afterEach(() => {
  for (const world of worlds.splice(0)) world.stop();
});

class World {
  readonly server = new StubServer();
  now = 0;
  readonly informer = {
    version: 0,
    refreshes: 0,
    refresh: (): Promise<void> => {
      this.informer.refreshes += 1;
      return new Promise((resolve) => (this.finishRefresh = resolve));
    },
  };
  finishRefresh: () => void = () => {};
  readonly #stop = new AbortController();

  constructor() {
    worlds.push(this);
  }

  replica(identity = 'one'): ReplicaLease {
    return new ReplicaLease({
      client: this.server,
      informer: this.informer,
      process: 'authorizer',
      namespace: 'ns',
      identity,
      durationMs: DURATION_MS,
      log: silent,
      now: () => this.now,
    });
  }

  replicas(): Replicas {
    return new Replicas({ client: this.server, process: 'authorizer', namespace: 'ns', now: () => this.now });
  }

  async running(replica: ReplicaLease): Promise<void> {
    await replica.join(this.#stop.signal);
    void replica.run(this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!what() && Date.now() < deadline) await sleep(5);
  assert.ok(what(), 'what was waited for came');
}

const seenBy = ({ leases }: StubServer, name = 'one'): string | undefined =>
  leases.get(name)?.metadata.annotations?.[SEEN_VERSION];

describe('a replica', () => {
  test('must not answer before its Lease is created, or when a renewal is overdue', async () => {
    const world = new World();
    const replica = world.replica();
    assert.match(replica.problem ?? '', /not created yet/);
    await world.running(replica);
    assert.equal(replica.problem, undefined);
    assert.equal(world.server.leases.get('one')?.metadata.labels?.[REPLICA_OF], 'authorizer');
    world.server.cut = true;
    world.now += DURATION_MS;
    assert.equal(replica.problem, undefined);
    world.now += 1;
    assert.match(replica.problem ?? '', /last renewed 6 s ago/);
  });

  test('then reads everything again before it answers', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.server.cut = true;
    world.now += DURATION_MS + 1;
    await sleep(150);
    world.server.cut = false;
    await until(() => world.informer.refreshes === 1);
    assert.match(replica.problem ?? '', /being read again/);
    world.finishRefresh();
    await until(() => replica.problem === undefined);
  });

  test('does so when a renewal was sent in time but arrived after the Lease expired', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    const { promise, resolve } = Promise.withResolvers<void>();
    world.server.delay = promise;
    const asked = world.server.asked;
    world.now += DURATION_MS / 2;
    await until(() => world.server.asked > asked);
    world.now += DURATION_MS / 2 + 1;
    assert.match(replica.problem ?? '', /last renewed/);
    resolve();
    await until(() => world.informer.refreshes === 1);
    assert.match(replica.problem ?? '', /being read again/);
    world.finishRefresh();
    await until(() => replica.problem === undefined);
  });

  test("does not answer while its cache stays behind another replica's, and writers stop waiting for it", async () => {
    const world = new World();
    const replica = world.replica();
    world.informer.version = 5;
    await world.running(replica);
    world.server.leases.set('other', {
      ...world.server.leases.get('one'),
      metadata: { name: 'other', labels: { [REPLICA_OF]: 'authorizer' }, annotations: { [SEEN_VERSION]: '9' } },
    } as Lease);
    const pass = async (ms: number): Promise<void> => {
      const asked = world.server.asked;
      world.now += ms;
      world.server.leases.set('other', {
        ...world.server.leases.get('other'),
        spec: { leaseDurationSeconds: 6, renewTime: String(world.now) },
      } as Lease);
      await until(() => world.server.asked > asked || replica.problem !== undefined);
      await sleep(20);
    };
    for (let passed = 0; passed < DURATION_MS; passed += 1_500) await pass(1_500);
    assert.equal(
      replica.problem,
      undefined,
      'not yet: it was seen to be behind at the first look, one renewal ago or more',
    );
    await pass(1_501);
    assert.match(replica.problem ?? '', /for 6 s, its cache has not reached version 9/);
    const renewed = world.server.leases.get('one')?.spec.renewTime;
    world.now += 1_500;
    await sleep(250);
    assert.equal(world.server.leases.get('one')?.spec.renewTime, renewed);
    world.informer.version = 9;
    await until(() => replica.problem === undefined);
  });

  test('reads everything again when its Lease was deleted', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.server.leases.clear();
    world.informer.version = 5;
    await until(() => world.informer.refreshes === 1);
    assert.match(replica.problem ?? '', /being read again/);
    assert.ok(world.server.leases.has('one'));
  });

  test('publishes the version of its cache, and deletes its Lease when it leaves', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.informer.version = 41;
    await until(() => seenBy(world.server) === '41');
    await replica.leave();
    assert.equal(world.server.leases.size, 0);
    assert.match(replica.problem ?? '', /not created/);
  });

  test('deletes the Lease of a dead replica, and no other', async () => {
    const world = new World();
    await world.replica('dead').join(new AbortController().signal);
    await world.running(world.replica('one'));
    await world.running(world.replica('two'));
    const renewedOf = (name: string): string | null | undefined => world.server.leases.get(name)?.spec.renewTime;
    for (let i = 0; i < 8; i++) {
      const before = ['one', 'two'].map(renewedOf);
      world.now += DURATION_MS / 4;
      await until(() => ['one', 'two'].every((name, nth) => renewedOf(name) !== before[nth]));
    }
    await until(() => !world.server.leases.has('dead'));
    assert.deepEqual([...world.server.leases.keys()].sort(), ['one', 'two']);
  });
});

describe('a writer', () => {
  test('sees which replicas are behind, until they have caught up', async () => {
    const world = new World();
    await world.running(world.replica('one'));
    await world.running(world.replica('two'));
    const replicas = world.replicas();
    assert.deepEqual(await replicas.behind(7), ['one', 'two']);
    world.informer.version = 7;
    await until(() => seenBy(world.server, 'one') === '7' && seenBy(world.server, 'two') === '7');
    assert.deepEqual(await replicas.behind(7), []);
    assert.deepEqual(await replicas.behind(8), ['one', 'two']);
  });

  test('waits for a silent replica until it must have stopped answering, and no longer', async () => {
    const world = new World();
    await world.replica().join(new AbortController().signal);
    const replicas = world.replicas();
    assert.deepEqual(await replicas.behind(1), ['one']);
    world.now += DURATION_MS;
    assert.deepEqual(await replicas.behind(1), ['one']);
    world.now += 2_001;
    assert.deepEqual(await replicas.behind(1), []);
  });

  test('counts from when it saw the renewal itself', async () => {
    const world = new World();
    await world.replica().join(new AbortController().signal);
    world.now += 100 * DURATION_MS;
    assert.deepEqual(await world.replicas().behind(1), ['one']);
  });
});
