import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Informer } from './cache/informer.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics.ts';

const silent: Logger = { debug() {}, info() {}, error() {}, child: () => silent };

test('what is observed is read when it is asked for', async () => {
  const metrics = createMetrics();
  let depth = 0;
  metrics.observeQueue('policy', () => depth);
  depth = 3;
  assert.match(await metrics.registry.metrics(), /^workqueue_depth\{name="policy"\} 3$/m);
  depth = 0;
  assert.match(await metrics.registry.metrics(), /^workqueue_depth\{name="policy"\} 0$/m);
});

test('an informer tells how long nothing was heard, in seconds', async () => {
  let now = 0;
  const resource = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
  const client = { watch: () => assert.fail('not started'), listWithVersion: () => assert.fail('not started') };
  const metrics = createMetrics();
  metrics.observeInformer(new Informer({ resource, client, log: silent, now: () => now }));
  now = 2_500;
  assert.match(await metrics.registry.metrics(), /^informer_last_event_age_seconds\{resource="things"\} 2\.5$/m);
});

test('CPU time is told as it is, not summed up with each reading', async (context) => {
  context.mock.method(process, 'cpuUsage', () => ({ user: 2_000_000, system: 500_000 }));
  const { registry } = createMetrics();
  await registry.metrics();
  assert.match(await registry.metrics(), /^process_cpu_seconds_total 2\.5$/m);
});

test('names are those that the users of controller-runtime know', async () => {
  const text = await createMetrics().registry.metrics();
  for (const name of [
    'controller_runtime_reconcile_total',
    'controller_runtime_reconcile_time_seconds',
    'workqueue_depth',
    'workqueue_adds_total',
    'workqueue_retries_total',
    'informer_last_event_age_seconds',
    'rest_client_requests_total',
    'leader_election_master_status',
  ])
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
});
