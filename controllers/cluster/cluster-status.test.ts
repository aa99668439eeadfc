import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import { type Goal, goalOf, isProblem } from '../../clusters/providers/goal.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Action } from './action.ts';
import { type Standing, type StatusInput, statusOf } from './cluster-status.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const LATER = '2026-02-02T03:04:05.000Z';
const BEFORE = '2026-01-01T00:00:00.000Z';

const action = (type: Action['type'], state: Action['state'] = 'in progress', more: Partial<Action> = {}): Action => ({
  type,
  state,
  generation: 2,
  startedAt: BEFORE,
  ...more,
});
const step = (type: string, status: Condition['status'] = 'True'): Condition => ({
  type,
  status,
  reason: 'Done',
  message: 'm',
  observedGeneration: 2,
  lastTransitionTime: BEFORE,
});

const cluster = (status?: ClusterStatus, spec: Partial<Cluster['spec']> = {}): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'cls-a', uid: 'u-1', generation: 2 },
  spec: { tenantID: 'acme', type: 'Local', version: 'v1.36.3', ...spec },
  ...(status === undefined ? {} : { status }),
});

function goal(spec: Partial<Cluster['spec']> = {}): Goal {
  const found = goalOf(cluster(undefined, spec), undefined);
  assert.ok(!isProblem(found));
  return found;
}

const input = (standing: Standing, more: Partial<StatusInput> = {}): StatusInput => ({
  cluster: cluster(),
  action: action('CREATE'),
  standing,
  steps: [],
  learned: {},
  kept: undefined,
  ignoredFields: [],
  goal: goal(),
  review: undefined,
  nowIso: NOW,
  ...more,
});

const ready: Standing = { state: 'ready' };
const working: Standing = { state: 'working', reason: 'EtcdStarting', message: 'etcd starts' };
const stalled: Standing = { state: 'stalled', reason: 'PortInUse', message: 'port 6443 is in use' };
const paused: Standing = { state: 'paused' };
const replicas = (desired: number): { desired: number; ready: number; upToDate: number } => ({
  desired,
  ready: desired,
  upToDate: desired,
});

describe('the phase', () => {
  const cases: Record<string, { input: StatusInput; phase: string }> = {
    'of a cluster that is being created': { input: input(working), phase: 'Initializing' },
    "of one that can't be": { input: input(stalled), phase: 'Failed' },
    'of one that is what it should be': { input: input(ready), phase: 'Running' },
    'of one that is upgraded': { input: input(working, { action: action('UPGRADE') }), phase: 'Upgrading' },
    'of one whose upgrade is stuck, and which runs on': {
      input: input(stalled, { action: action('UPGRADE') }),
      phase: 'Upgrading',
    },
    'of one that is changed': { input: input(working, { action: action('UPDATE') }), phase: 'Running' },
    'of one that grows': {
      input: input(working, {
        action: action('RESIZE'),
        cluster: cluster({ controlPlane: replicas(1) }),
        goal: goal({ controlPlane: { replicas: 3 } }),
      }),
      phase: 'Upscaling',
    },
    'of one that shrinks': {
      input: input(working, { action: action('RESIZE'), cluster: cluster({ controlPlane: replicas(3) }) }),
      phase: 'Downscaling',
    },
    'of one whose workers shrink': {
      input: input(working, { action: action('RESIZE'), cluster: cluster({ workers: replicas(1) }) }),
      phase: 'Downscaling',
    },
    'of one that has begun to shrink, and is told so no more': {
      input: input(working, {
        action: action('RESIZE'),
        cluster: cluster({ phase: 'Downscaling', controlPlane: replicas(1), lastAction: action('RESIZE') }),
      }),
      phase: 'Downscaling',
    },
    'of one that is deleted': {
      input: input(working, { action: action('DELETE'), goal: undefined }),
      phase: 'Terminating',
    },
    'of one whose deletion is stuck': {
      input: input(stalled, { action: action('DELETE'), goal: undefined }),
      phase: 'Terminating',
    },
    'of one that is paused before it is created': { input: input(paused), phase: 'Waiting' },
    'of one that is paused, and runs': {
      input: input(paused, { cluster: cluster({ phase: 'Running' }), action: action('CREATE', 'succeeded') }),
      phase: 'Running',
    },
    'of one that is stopped': { input: input(ready, { action: action('STOP') }), phase: 'Idling' },
    'of one that was stopped long ago': {
      input: input(ready, { action: action('STOP', 'succeeded') }),
      phase: 'Idling',
    },
    'of one that is started': { input: input(working, { action: action('START') }), phase: 'Recovering' },
    'of one that was started': { input: input(ready, { action: action('START') }), phase: 'Running' },
    'of one that nothing can be done for yet': {
      input: input(stalled, { action: undefined, goal: undefined }),
      phase: 'Initializing',
    },
    "of one that runs, and whose next change can't be": {
      input: input(stalled, { action: undefined, cluster: cluster({ phase: 'Running' }) }),
      phase: 'Running',
    },
    'of one that was created, and is found ill when it is looked at again': {
      input: input(stalled, {
        action: action('CREATE', 'succeeded', { finishedAt: BEFORE }),
        cluster: cluster({ phase: 'Running' }),
      }),
      phase: 'Running',
    },
  };
  for (const [what, { input: given, phase }] of Object.entries(cases))
    test(`${what}: ${phase}`, () => assert.equal(statusOf(given).phase, phase));
});

describe('the last action', () => {
  test('has a description while it is on its way, and none when it is done', () => {
    const open = statusOf(input(working)).lastAction;
    assert.deepEqual(open, action('CREATE', 'in progress', { description: 'etcd starts' }));
    assert.deepEqual(
      statusOf(input(ready, { action: open ?? undefined })).lastAction,
      action('CREATE', 'succeeded', { finishedAt: NOW }),
    );
  });
  test('says that it failed, and is in progress again when it is', () => {
    const failed = statusOf(input(stalled)).lastAction;
    assert.deepEqual(failed, action('CREATE', 'failed', { description: 'port 6443 is in use' }));
    assert.equal(statusOf(input(working, { action: failed ?? undefined })).lastAction?.state, 'in progress');
  });
  test('keeps when it ended, whenever the cluster is found ready again', () => {
    const known = action('CREATE', 'succeeded', { finishedAt: BEFORE });
    assert.deepEqual(statusOf(input(ready, { action: known })).lastAction, known);
  });
  test('that succeeded stays so when the cluster is found ill later', () => {
    const known = action('CREATE', 'succeeded', { finishedAt: BEFORE });
    assert.deepEqual(statusOf(input(stalled, { action: known })).lastAction, known);
  });
  test("is not touched by a pause, nor by a spec that can't be", () => {
    const known = action('UPGRADE', 'failed', { from: 'v1.35.0' });
    assert.deepEqual(statusOf(input(paused, { action: known })).lastAction, known);
    assert.deepEqual(
      statusOf(input(stalled, { action: undefined, cluster: cluster({ lastAction: known }) })).lastAction,
      known,
    );
  });
});

describe('the conditions', () => {
  const typesAndStates = (given: StatusInput): string[] =>
    (statusOf(given).conditions ?? []).map(({ type, status }) => `${type}=${status}`);
  const old = cluster({
    conditions: [{ ...step('Stalled'), reason: 'PortInUse' }, step('Ready', 'False'), step('StepOfAnotherAction')],
  });
  const cases: Record<string, { input: StatusInput; conditions: readonly string[] }> = {
    'on the way: Reconciling': {
      input: input(working, { steps: [step('EtcdReady')] }),
      conditions: ['EtcdReady=True', 'Ready=False', 'Reconciling=True'],
    },
    'stuck: Stalled': { input: input(stalled), conditions: ['Ready=False', 'Stalled=True'] },
    'ready: what is over goes': {
      input: input(ready, { cluster: old, steps: [step('EtcdReady')] }),
      conditions: ['EtcdReady=True', 'Ready=True'],
    },
    'paused in the middle: not ready': { input: input(paused), conditions: ['Paused=True', 'Ready=False'] },
    'paused when it was finished: ready': {
      input: input(paused, { action: action('CREATE', 'succeeded') }),
      conditions: ['Paused=True', 'Ready=True'],
    },
    'stopped: not ready': {
      input: input(ready, { action: action('STOP'), steps: [step('Stopped')] }),
      conditions: ['Ready=False', 'Stopped=True'],
    },
    'ready, but not healthy': {
      input: input(ready, {
        cluster: cluster({ conditions: [step('Reachable', 'False'), step('Healthy', 'Unknown')] }),
      }),
      conditions: ['Ready=False'],
    },
    'ready, and health is unknown': {
      input: input(ready, { cluster: cluster({ conditions: [step('Reachable', 'Unknown')] }) }),
      conditions: ['Ready=True'],
    },
  };
  for (const [what, { input: given, conditions }] of Object.entries(cases))
    test(what, () => assert.deepEqual(typesAndStates(given), conditions));

  test('reason and message of Ready stand in the status too', () => {
    const { reason, message } = statusOf(input(stalled));
    assert.deepEqual([reason, message], ['PortInUse', 'port 6443 is in use']);
  });
});

describe('what was learned', () => {
  const kept = { provider: 'Local', version: 'v1.36.3' } as const;
  test('stays until something else is learned', () => {
    const status = statusOf(
      input(working, {
        cluster: cluster({ version: 'v1.35.0', server: 'https://a:1' }),
        learned: { version: 'v1.36.3' },
      }),
    );
    assert.deepEqual([status.version, status.server], ['v1.36.3', 'https://a:1']);
  });
  test('of the plan is kept from the first action on', () =>
    assert.deepEqual(statusOf(input(working, { kept })).fromPlan, kept));
  test('of the plan is not kept before there is an action: the plan can still be put right', () => {
    assert.equal(statusOf(input(stalled, { kept, action: undefined })).fromPlan, undefined);
  });
  test('of the plan and the networks stays when nothing can be aimed at', () => {
    const known = cluster({ fromPlan: kept, clusterCIDR: '10.1.0.0/16', serviceCIDR: '10.2.0.0/16' });
    const { fromPlan, clusterCIDR, serviceCIDR } = statusOf(
      input(stalled, { cluster: known, action: undefined, goal: undefined }),
    );
    assert.deepEqual(
      { fromPlan, clusterCIDR, serviceCIDR },
      { fromPlan: kept, clusterCIDR: '10.1.0.0/16', serviceCIDR: '10.2.0.0/16' },
    );
  });
  test('fields without effect are listed, and the list goes with the last of them', () => {
    assert.deepEqual(statusOf(input(working, { ignoredFields: ['spec.etcd'] })).ignoredFields, ['spec.etcd']);
    assert.equal(statusOf(input(working)).ignoredFields, undefined);
  });
});

describe('the same again', () => {
  for (const [what, standing] of Object.entries({ working, stalled, paused, ready })) {
    test(`${what}: the status stays as it is, whatever the time`, () => {
      const given = input(standing, { steps: [step('EtcdReady'), step('ApiReady', 'False')] });
      const first = statusOf(given);
      const second = statusOf({
        ...given,
        cluster: cluster(first),
        action: first.lastAction ?? undefined,
        nowIso: LATER,
      });
      assert.deepEqual(second, first);
    });
  }
});

test('nothing grows over what the API server takes', () => {
  const status = statusOf(input({ ...stalled, message: 'x'.repeat(65_536) }));
  clusters.options.parts['status']?.parse(status);
});
