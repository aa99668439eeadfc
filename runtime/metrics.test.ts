import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../test/support/silent-log.ts';
import { Informer } from './cache/informer.ts';
import { COMMON_METRICS, createMetrics } from './metrics.ts';

test('the depth of a queue is read at each scrape', async () => {
  const metrics = createMetrics();
  let depth = 0;
  metrics.observeQueue('policy', () => depth);
  depth = 3;
  assert.match(await metrics.registry.metrics(), /^workqueue_depth\{name="policy"\} 3$/m);
  depth = 0;
  assert.match(await metrics.registry.metrics(), /^workqueue_depth\{name="policy"\} 0$/m);
});

test('the age of the last event of an informer is exposed in seconds', async () => {
  let now = 0;
  const resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
  const client = { watch: () => assert.fail('not started'), listWithVersion: () => assert.fail('not started') };
  const metrics = createMetrics();
  metrics.observeInformer(new Informer({ resource, client, log: silent, now: () => now }));
  now = 2_500;
  assert.match(await metrics.registry.metrics(), /^informer_last_event_age_seconds\{resource="things"\} 2\.5$/m);
});

test('CPU time does not add up from scrape to scrape', async (context) => {
  context.mock.method(process, 'cpuUsage', () => ({ user: 2_000_000, system: 500_000 }));
  const { registry } = createMetrics();
  await registry.metrics();
  assert.match(await registry.metrics(), /^process_cpu_seconds_total 2\.5$/m);
});

test('the documented metrics are the registered ones, with their types and help', async () => {
  const text = await createMetrics().registry.metrics();
  for (const { name, type, help } of Object.values(COMMON_METRICS)) {
    assert.ok(text.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), name);
  }
  assert.equal(text.match(/^# TYPE /gm)?.length, Object.keys(COMMON_METRICS).length);
});

test('the names are those of controller-runtime', () => {
  const names = new Set<string>(Object.values(COMMON_METRICS).map(({ name }) => name));
  for (const name of [
    'controller_runtime_reconcile_total',
    'controller_runtime_reconcile_time_seconds',
    'workqueue_depth',
    'workqueue_adds_total',
    'workqueue_retries_total',
    'rest_client_requests_total',
    'leader_election_master_status',
  ])
    assert.ok(names.has(name), name);
});
