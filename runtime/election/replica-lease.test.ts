/** A replica's Lease and the writers that wait for it, on a fake API server and with a test clock. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeApiServer } from '../../test/support/fake-api-server/fake-api-server.ts';
import { silent } from '../../test/support/silent-log.ts';
import { LEASES, type Lease } from './leader.ts';
import { ReplicaLease } from './replica-lease.ts';
import { REPLICA_OF, Replicas, SEEN_VERSION } from './replicas.ts';

const DURATION_MS = 6_000;

const NAMESPACE = 'ns';

const worlds: World[] = [];
// After failures too: a replica that is not stopped keeps renewing its Lease.
afterEach(() => {
  for (const world of worlds.splice(0)) world.stop();
});

class World {
  readonly server = new FakeApiServer();
  /** Whether requests fail. */
  cut = false;
  /** Requests are answered when this is over. */
  delay: Promise<void> = Promise.resolve();
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
    this.server.onRequest = async () => {
      if (this.cut) throw new Error('connection refused');
      await this.delay;
    };
  }

  replica(identity = 'one'): ReplicaLease {
    return new ReplicaLease({
      client: this.server.client(),
      informer: this.informer,
      process: 'authorizer',
      namespace: NAMESPACE,
      identity,
      durationMs: DURATION_MS,
      log: silent,
      now: () => this.now,
    });
  }

  replicas(): Replicas {
    return new Replicas({
      client: this.server.client(),
      process: 'authorizer',
      namespace: NAMESPACE,
      now: () => this.now,
    });
  }

  async running(replica: ReplicaLease): Promise<void> {
    await replica.join(this.#stop.signal);
    void replica.run(this.#stop.signal);
  }

  lease(name: string): Lease | undefined {
    return this.server.get(LEASES, { name, namespace: NAMESPACE });
  }

  /** Another replica renews its Lease, and has reached `version`. */
  renewOther(version: string): void {
    const labels = { [REPLICA_OF]: 'authorizer' };
    const annotations = { [SEEN_VERSION]: version };
    this.server.seed(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'other', namespace: NAMESPACE, labels, annotations },
      spec: { leaseDurationSeconds: 6, renewTime: String(this.now) },
    });
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

const seenBy = (world: World, name = 'one'): string | undefined =>
  world.lease(name)?.metadata.annotations?.[SEEN_VERSION];

describe('a replica', () => {
  test('must not answer before its Lease is created, or when a renewal is overdue', async () => {
    const world = new World();
    const replica = world.replica();
    assert.match(replica.problem ?? '', /not created yet/);
    await world.running(replica);
    assert.equal(replica.problem, undefined);
    assert.equal(world.lease('one')?.metadata.labels?.[REPLICA_OF], 'authorizer');
    world.cut = true;
    world.now += DURATION_MS;
    assert.equal(replica.problem, undefined);
    world.now += 1;
    assert.match(replica.problem ?? '', /last renewed 6 s ago/);
  });

  test('then reads everything again before it answers', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.cut = true;
    world.now += DURATION_MS + 1;
    await sleep(150);
    world.cut = false;
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
    world.delay = promise;
    const asked = world.server.requests.length;
    world.now += DURATION_MS / 2;
    await until(() => world.server.requests.length > asked);
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
    world.renewOther('9');
    const pass = async (ms: number): Promise<void> => {
      const asked = world.server.requests.length;
      world.now += ms;
      world.renewOther('9');
      await until(() => world.server.requests.length > asked || replica.problem !== undefined);
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
    const renewed = world.lease('one')?.spec.renewTime;
    world.now += 1_500;
    await sleep(250);
    assert.equal(world.lease('one')?.spec.renewTime, renewed);
    world.informer.version = 9;
    await until(() => replica.problem === undefined);
  });

  test('reads everything again when its Lease was deleted', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.server.remove(LEASES, { name: 'one', namespace: NAMESPACE });
    world.informer.version = 5;
    await until(() => world.informer.refreshes === 1);
    assert.match(replica.problem ?? '', /being read again/);
    assert.ok(world.lease('one') !== undefined);
  });

  test('publishes the version of its cache, and deletes its Lease when it leaves', async () => {
    const world = new World();
    const replica = world.replica();
    await world.running(replica);
    world.informer.version = 41;
    await until(() => seenBy(world) === '41');
    await replica.leave();
    assert.equal(world.server.list(LEASES).length, 0);
    assert.match(replica.problem ?? '', /not created/);
  });

  test('deletes the Lease of a dead replica, and no other', async () => {
    const world = new World();
    await world.replica('dead').join(new AbortController().signal);
    await world.running(world.replica('one'));
    await world.running(world.replica('two'));
    const renewedOf = (name: string): string | null | undefined => world.lease(name)?.spec.renewTime;
    for (let i = 0; i < 8; i++) {
      const before = ['one', 'two'].map(renewedOf);
      world.now += DURATION_MS / 4;
      await until(() => ['one', 'two'].every((name, nth) => renewedOf(name) !== before[nth]));
    }
    await until(() => world.lease('dead') === undefined);
    assert.deepEqual(
      world.server.list(LEASES).map(({ metadata }) => metadata.name),
      ['one', 'two'],
    );
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
    await until(() => seenBy(world, 'one') === '7' && seenBy(world, 'two') === '7');
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
