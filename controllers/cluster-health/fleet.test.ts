import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Registry } from 'prom-client';
import type { Cluster } from '../../api/platform/cluster.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { Connections } from './connections.ts';
import { FakeApiServer, FakeClock } from './fake-clock.ts';
import { Fleet } from './fleet.ts';
import { Lanes } from './lanes.ts';
import { fleetMetrics } from './metrics.ts';

const PERIOD = 30_000;
const quiet: Logger = { debug() {}, info() {}, error() {}, child: () => quiet };

interface Write {
  readonly name: string;
  readonly at: number;
  readonly statuses: string;
}

/** A fleet with a stub hub and stub API servers, on a fake clock. */
class World {
  readonly clock = new FakeClock();
  readonly store = new IndexedStore<Cluster>();
  readonly apis = new Map<string, FakeApiServer>();
  readonly writes: Write[] = [];
  readonly registry = new Registry();
  readonly lags: { name: string; lag: number }[] = [];
  hubFails = false;
  readonly #stop = new AbortController();
  #random = 1;
  readonly fleet: Fleet;
  readonly running: Promise<void>;

  constructor(apis: Readonly<Record<string, FakeApiServer['state']>>, slots = 64, known: readonly Condition[] = []) {
    for (const [name, state] of Object.entries(apis)) this.add(name, state, known);
    const lanes = new Lanes(slots);
    const figures = { waiting: (lane: 'quick' | 'slow') => lanes.waiting(lane), statuses: (): string[] => [] };
    this.fleet = new Fleet({
      clusters: this.store,
      lanes,
      clock: this.clock,
      log: quiet,
      metrics: fleetMetrics(this.registry, figures),
      random: () => this.#next(),
      connections: new Connections({
        now: () => this.clock.now(),
        random: () => this.#next(),
        read: ({ metadata: { name } }) =>
          this.hubFails
            ? Promise.reject(new Error('the hub does not answer'))
            : Promise.resolve({
                server: name,
                ca: undefined,
                token: 'x',
                cert: undefined,
                key: undefined,
                servername: undefined,
                impersonate: undefined,
              }),
        open: ({ server }) => this.api(server),
      }),
      write: (cluster, conditions) => this.#write(cluster, conditions),
    });
    this.running = this.fleet.run(this.#stop.signal);
  }

  add(name: string, state?: FakeApiServer['state'], conditions: readonly Condition[] = []): void {
    this.apis.set(name, new FakeApiServer(this.clock, state));
    this.put({
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name, uid: `uid-${name}`, generation: 1 },
      spec: { tenantID: 'acme', type: 'Imported', kubeconfigSecret: name },
      status: { conditions: [...conditions] },
    });
  }

  put(cluster: Cluster): void {
    this.store.set(cluster.metadata.name, cluster);
    this.fleet?.update(cluster.metadata.name);
  }

  cluster(name: string): Cluster {
    const found = this.store.get(name);
    assert.ok(found);
    return found;
  }

  api(name: string): FakeApiServer {
    const found = this.apis.get(name);
    assert.ok(found);
    return found;
  }

  /** Authorized, Healthy, Reachable. */
  shown(name: string): string {
    return statusesOf(this.cluster(name).status?.conditions ?? []);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.running;
  }

  #write(cluster: Cluster, conditions: readonly Condition[]): Promise<void> {
    if (this.hubFails) return Promise.reject(new Error('the hub does not answer'));
    if (JSON.stringify(cluster.status?.conditions) === JSON.stringify(conditions)) return Promise.resolve();
    this.writes.push({ name: cluster.metadata.name, at: this.clock.now(), statuses: statusesOf(conditions) });
    this.put({ ...cluster, status: { ...cluster.status, conditions: [...conditions] } });
    return Promise.resolve();
  }

  /** Spread evenly, and the same in each run. */
  #next(): number {
    this.#random = (this.#random * 16_807) % 2_147_483_647;
    return this.#random / 2_147_483_647;
  }
}

function statusesOf(conditions: readonly { readonly status: string }[]): string {
  return conditions.map(({ status }) => status[0]).join('');
}

let world: World;
const start = (...args: ConstructorParameters<typeof World>): World => (world = new World(...args));
afterEach(() => world.stop());

/** How many probes began later than so many seconds, in that lane. */
async function laterThan(seconds: number, lane: string): Promise<number> {
  const { values } = (await world.registry.getSingleMetric('cluster_probe_lag_seconds')?.get()) ?? { values: [] };
  const count = (le: string | number): number =>
    values.find(({ labels }) => labels['lane'] === lane && (labels as Record<string, unknown>)['le'] === le)?.value ??
    0;
  return count('+Inf') - count(seconds);
}

const FLEET = 1_000;

function fleetOf(count: number, hanging: number): Record<string, FakeApiServer['state']> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`c-${i}`, i < hanging ? 'hangs' : { status: 200, afterMs: 20 }]),
  );
}

describe('clusters that hang', () => {
  test('50 of 1,000: no other probe is late by a quarter of a second, and none of theirs by a second', async () => {
    start(fleetOf(FLEET, 50));
    await world.clock.advance(5 * PERIOD);
    assert.equal(await laterThan(0.25, 'quick'), 0);
    assert.equal(await laterThan(1, 'slow'), 0);
    for (let i = 0; i < FLEET; i++) assert.equal(world.shown(`c-${i}`), i < 50 ? 'UUF' : 'TTT', `c-${i}`);
  });
  test('500 at once: the others are delayed by less than a period, and none of them becomes False', async () => {
    start(fleetOf(FLEET, 0));
    await world.clock.advance(2 * PERIOD);
    for (let i = 0; i < 500; i++) world.api(`c-${i}`).state = 'hangs';
    await world.clock.advance(10 * PERIOD);
    assert.equal(await laterThan(30, 'quick'), 0);
    for (let i = 500; i < FLEET; i++) assert.equal(world.shown(`c-${i}`), 'TTT', `c-${i}`);
  });
  test('do not delay a shutdown', async () => {
    start({ one: 'hangs' });
    await world.clock.advance(5_000);
    await world.stop();
    assert.deepEqual(world.writes, []);
  });
});

describe('writes', () => {
  test('each cluster is written once, and then no more', async () => {
    start(fleetOf(20, 0));
    await world.clock.advance(20 * PERIOD);
    assert.equal(world.writes.length, 20);
  });
  test('a cluster that fails every second probe is not written', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(PERIOD);
    for (let i = 0; i < 20; i++) {
      world.api('one').state = { status: i % 2 === 0 ? 500 : 200, afterMs: 20 };
      await world.clock.advance(PERIOD);
    }
    assert.deepEqual(
      world.writes.map(({ statuses }) => statuses),
      ['TTT'],
    );
  });
  test('a cluster that dies and comes back is written once for each transition', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(2 * PERIOD);
    world.api('one').state = 'hangs';
    await world.clock.advance(10 * PERIOD);
    world.api('one').state = { status: 200, afterMs: 20 };
    await world.clock.advance(10 * PERIOD);
    assert.deepEqual(
      world.writes.map(({ statuses }) => statuses),
      ['TTT', 'UUU', 'UUF', 'UUU', 'TTT'],
    );
  });
  test('a failed write is repeated with the next probe', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(2 * PERIOD);
    world.hubFails = true;
    world.api('one').state = { status: 500, afterMs: 20 };
    await world.clock.advance(10 * PERIOD);
    assert.equal(world.writes.length, 1);
    world.hubFails = false;
    await world.clock.advance(2 * PERIOD);
    assert.equal(world.shown('one'), 'UFT');
  });
});

describe('a new leader', () => {
  const before = (status: 'True' | 'False'): Condition[] =>
    ['Authorized', 'Healthy', 'Reachable'].map((type) => ({
      type,
      status,
      reason: 'Before',
      message: 'before',
      lastTransitionTime: '2025-12-31T00:00:00Z',
    }));
  test('continues from the conditions in the status, and writes nothing while they hold', async () => {
    start({ one: { status: 200, afterMs: 20 } }, 64, before('True'));
    await world.clock.advance(5 * PERIOD);
    assert.deepEqual(world.writes, []);
  });
  test('needs all successes where the last leader saw failures', async () => {
    start({ one: { status: 200, afterMs: 20 } }, 64, before('False'));
    await world.clock.advance(5 * PERIOD);
    assert.deepEqual(
      world.writes.map(({ statuses }) => statuses),
      ['UUU', 'TTT'],
    );
  });
});

describe('a cluster', () => {
  test('that is added is probed within a second', async () => {
    start({});
    await world.clock.advance(60_000);
    world.add('one');
    await world.clock.advance(1_100);
    assert.equal(world.shown('one'), 'TTT');
  });
  test('that is deleted is no longer probed', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(2 * PERIOD);
    const { requests } = world.api('one');
    world.store.delete('one');
    world.fleet.update('one');
    await world.clock.advance(5 * PERIOD);
    assert.equal(world.api('one').requests, requests);
  });
  test('that is created again under the same name starts from scratch', async () => {
    start({ one: 'hangs' });
    await world.clock.advance(10 * PERIOD);
    assert.equal(world.shown('one'), 'UUF');
    const { status: _, ...old } = world.cluster('one');
    world.api('one').state = { status: 200, afterMs: 20 };
    world.put({ ...old, metadata: { ...old.metadata, uid: 'another' } });
    await world.clock.advance(2_000);
    assert.equal(world.shown('one'), 'TTT');
  });
  test('whose spec changes is probed without waiting for its period', async () => {
    start({});
    world.add('one');
    const changed = (generation: number): void => {
      const cluster = world.cluster('one');
      world.put({
        ...cluster,
        metadata: { ...cluster.metadata, generation },
        spec: { ...cluster.spec, health: { periodSeconds: 3_600 } },
      });
    };
    changed(2);
    await world.clock.advance(60_000);
    const { requests } = world.api('one');
    await world.clock.advance(600_000);
    assert.equal(world.api('one').requests, requests);
    changed(3);
    await world.clock.advance(1_000);
    assert.equal(world.api('one').requests, requests + 1);
  });
  test('that is stopped is not probed and never False, and is True again when it runs', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(2 * PERIOD);
    const { requests } = world.api('one');
    const change = (type: 'STOP' | 'START', state: FakeApiServer['state']): void => {
      const cluster = world.cluster('one');
      world.api('one').state = state;
      world.put({
        ...cluster,
        status: {
          ...cluster.status,
          lastAction: { type, state: 'succeeded', generation: 1, startedAt: '2026-01-01T00:00:00Z' },
        },
      });
    };
    change('STOP', 'hangs');
    await world.clock.advance(10 * PERIOD);
    assert.equal(world.api('one').requests, requests);
    change('START', { status: 200, afterMs: 20 });
    await world.clock.advance(5 * PERIOD);
    assert.deepEqual(
      world.writes.map(({ statuses }) => statuses),
      ['TTT', 'UUU', 'TTT'],
    );
  });
  test('that answers in a second and a half is healthy, and is then probed once per period', async () => {
    start({ one: { status: 200, afterMs: 1_500 } });
    await world.clock.advance(5 * PERIOD);
    assert.equal(world.shown('one'), 'TTT');
    const { requests } = world.api('one');
    await world.clock.advance(10 * PERIOD);
    assert.ok(world.api('one').requests - requests <= 12);
  });
  test('is not judged by a timeout that came late because this process stood still', async () => {
    start({ one: { status: 200, afterMs: 20 } });
    await world.clock.advance(2 * PERIOD);
    world.api('one').state = 'hangs';
    for (let i = 0; i < 60; i++) {
      await world.clock.advance(1_000);
      world.clock.jump(15_000);
    }
    assert.equal(world.shown('one'), 'TTT');
  });
});
