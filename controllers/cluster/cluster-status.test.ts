import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import { type Goal, goalOf, isProblem } from '../../clusters/providers/goal.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Action } from './action.ts';
import { clusterStatus, type StatusInput, type WorkState } from './cluster-status.ts';

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

const input = (work: WorkState, more: Partial<StatusInput> = {}): StatusInput => ({
  cluster: cluster(),
  action: action('CREATE'),
  work,
  steps: [],
  learned: {},
  plan: undefined,
  ignoredFields: [],
  goal: goal(),
  review: undefined,
  nowIso: NOW,
  ...more,
});

const ready: WorkState = { state: 'ready' };
const working: WorkState = { state: 'working', reason: 'EtcdStarting', message: 'etcd starts' };
const stalled: WorkState = { state: 'stalled', reason: 'PortInUse', message: 'port 6443 is in use' };
const paused: WorkState = { state: 'paused' };
const replicas = (desired: number): { desired: number; ready: number; upToDate: number } => ({
  desired,
  ready: desired,
  upToDate: desired,
});

describe('the phase', () => {
  const cases: Record<string, { input: StatusInput; phase: string }> = {
    'of a cluster that is being created': { input: input(working), phase: 'Initializing' },
    'of a cluster that cannot be created': { input: input(stalled), phase: 'Failed' },
    'of a cluster that matches its spec': { input: input(ready), phase: 'Running' },
    'during an upgrade': { input: input(working, { action: action('UPGRADE') }), phase: 'Upgrading' },
    'of a running cluster whose upgrade is stalled': {
      input: input(stalled, { action: action('UPGRADE') }),
      phase: 'Upgrading',
    },
    'during another change': { input: input(working, { action: action('UPDATE') }), phase: 'Running' },
    'while control plane replicas are added': {
      input: input(working, {
        action: action('RESIZE'),
        cluster: cluster({ controlPlane: replicas(1) }),
        goal: goal({ controlPlane: { replicas: 3 } }),
      }),
      phase: 'Upscaling',
    },
    'while control plane replicas are removed': {
      input: input(working, { action: action('RESIZE'), cluster: cluster({ controlPlane: replicas(3) }) }),
      phase: 'Downscaling',
    },
    'while workers are removed': {
      input: input(working, { action: action('RESIZE'), cluster: cluster({ workers: replicas(1) }) }),
      phase: 'Downscaling',
    },
    'of a shrinking cluster whose numbers already match': {
      input: input(working, {
        action: action('RESIZE'),
        cluster: cluster({ phase: 'Downscaling', controlPlane: replicas(1), lastAction: action('RESIZE') }),
      }),
      phase: 'Downscaling',
    },
    'during a deletion': {
      input: input(working, { action: action('DELETE'), goal: undefined }),
      phase: 'Terminating',
    },
    'of a stalled deletion': {
      input: input(stalled, { action: action('DELETE'), goal: undefined }),
      phase: 'Terminating',
    },
    'of a cluster paused before its creation': { input: input(paused), phase: 'Waiting' },
    'of a running cluster that is paused': {
      input: input(paused, { cluster: cluster({ phase: 'Running' }), action: action('CREATE', 'succeeded') }),
      phase: 'Running',
    },
    'of a cluster that has just stopped': { input: input(ready, { action: action('STOP') }), phase: 'Idling' },
    'of a stopped cluster': {
      input: input(ready, { action: action('STOP', 'succeeded') }),
      phase: 'Idling',
    },
    'during a start': { input: input(working, { action: action('START') }), phase: 'Recovering' },
    'of a started cluster': { input: input(ready, { action: action('START') }), phase: 'Running' },
    'of a new cluster that is blocked': {
      input: input(stalled, { action: undefined, goal: undefined }),
      phase: 'Initializing',
    },
    'of a running cluster whose next change is blocked': {
      input: input(stalled, { action: undefined, cluster: cluster({ phase: 'Running' }) }),
      phase: 'Running',
    },
    'of a created cluster that fails verification': {
      input: input(stalled, {
        action: action('CREATE', 'succeeded', { finishedAt: BEFORE }),
        cluster: cluster({ phase: 'Running' }),
      }),
      phase: 'Running',
    },
  };
  for (const [what, { input: given, phase }] of Object.entries(cases))
    test(`${what}: ${phase}`, () => assert.equal(clusterStatus(given).phase, phase));
});

describe('the last action', () => {
  test('has a description until it succeeds', () => {
    const open = clusterStatus(input(working)).lastAction;
    assert.deepEqual(open, action('CREATE', 'in progress', { description: 'etcd starts' }));
    assert.deepEqual(
      clusterStatus(input(ready, { action: open ?? undefined })).lastAction,
      action('CREATE', 'succeeded', { finishedAt: NOW }),
    );
  });
  test('can fail and be in progress again', () => {
    const failed = clusterStatus(input(stalled)).lastAction;
    assert.deepEqual(failed, action('CREATE', 'failed', { description: 'port 6443 is in use' }));
    assert.equal(clusterStatus(input(working, { action: failed ?? undefined })).lastAction?.state, 'in progress');
  });
  test('keeps its end time when the cluster is verified again', () => {
    const known = action('CREATE', 'succeeded', { finishedAt: BEFORE });
    assert.deepEqual(clusterStatus(input(ready, { action: known })).lastAction, known);
  });
  test('stays succeeded when verification fails later', () => {
    const known = action('CREATE', 'succeeded', { finishedAt: BEFORE });
    assert.deepEqual(clusterStatus(input(stalled, { action: known })).lastAction, known);
  });
  test('does not change in a paused or blocked cluster', () => {
    const known = action('UPGRADE', 'failed', { from: 'v1.35.0' });
    assert.deepEqual(clusterStatus(input(paused, { action: known })).lastAction, known);
    assert.deepEqual(
      clusterStatus(input(stalled, { action: undefined, cluster: cluster({ lastAction: known }) })).lastAction,
      known,
    );
  });
});

describe('the conditions', () => {
  const typesAndStates = (given: StatusInput): string[] =>
    (clusterStatus(given).conditions ?? []).map(({ type, status }) => `${type}=${status}`);
  const old = cluster({
    conditions: [{ ...step('Stalled'), reason: 'PortInUse' }, step('Ready', 'False'), step('StepOfAnotherAction')],
  });
  const cases: Record<string, { input: StatusInput; conditions: readonly string[] }> = {
    'working: Reconciling': {
      input: input(working, { steps: [step('EtcdReady')] }),
      conditions: ['EtcdReady=True', 'Ready=False', 'Reconciling=True'],
    },
    'stalled: Stalled': { input: input(stalled), conditions: ['Ready=False', 'Stalled=True'] },
    'ready: outdated conditions are dropped': {
      input: input(ready, { cluster: old, steps: [step('EtcdReady')] }),
      conditions: ['EtcdReady=True', 'Ready=True'],
    },
    'paused during an action: not Ready': { input: input(paused), conditions: ['Paused=True', 'Ready=False'] },
    'paused after a finished action: Ready': {
      input: input(paused, { action: action('CREATE', 'succeeded') }),
      conditions: ['Paused=True', 'Ready=True'],
    },
    'stopped: not Ready': {
      input: input(ready, { action: action('STOP'), steps: [step('Stopped')] }),
      conditions: ['Ready=False', 'Stopped=True'],
    },
    'ready, but a health condition is False': {
      input: input(ready, {
        cluster: cluster({ conditions: [step('Reachable', 'False'), step('Healthy', 'Unknown')] }),
      }),
      conditions: ['Ready=False'],
    },
    'ready, and health is Unknown': {
      input: input(ready, { cluster: cluster({ conditions: [step('Reachable', 'Unknown')] }) }),
      conditions: ['Ready=True'],
    },
  };
  for (const [what, { input: given, conditions }] of Object.entries(cases))
    test(what, () => assert.deepEqual(typesAndStates(given), conditions));

  test('the status repeats reason and message of Ready', () => {
    const { reason, message } = clusterStatus(input(stalled));
    assert.deepEqual([reason, message], ['PortInUse', 'port 6443 is in use']);
  });
});

describe('the rest of the status', () => {
  const plan = { provider: 'Local', version: 'v1.36.3' } as const;
  test('keeps what a step learned until a step learns otherwise', () => {
    const status = clusterStatus(
      input(working, {
        cluster: cluster({ version: 'v1.35.0', server: 'https://a:1' }),
        learned: { version: 'v1.36.3' },
      }),
    );
    assert.deepEqual([status.version, status.server], ['v1.36.3', 'https://a:1']);
  });
  test('keeps the plan from the first action on', () =>
    assert.deepEqual(clusterStatus(input(working, { plan })).fromPlan, plan));
  test('does not keep the plan before the first action: it can still be corrected', () => {
    assert.equal(clusterStatus(input(stalled, { plan, action: undefined })).fromPlan, undefined);
  });
  test('keeps the plan and the networks while the cluster is blocked', () => {
    const known = cluster({ fromPlan: plan, clusterCIDR: '10.1.0.0/16', serviceCIDR: '10.2.0.0/16' });
    const { fromPlan, clusterCIDR, serviceCIDR } = clusterStatus(
      input(stalled, { cluster: known, action: undefined, goal: undefined }),
    );
    assert.deepEqual(
      { fromPlan, clusterCIDR, serviceCIDR },
      { fromPlan: plan, clusterCIDR: '10.1.0.0/16', serviceCIDR: '10.2.0.0/16' },
    );
  });
  test('lists ignored fields, and drops an empty list', () => {
    assert.deepEqual(clusterStatus(input(working, { ignoredFields: ['spec.etcd'] })).ignoredFields, ['spec.etcd']);
    assert.equal(clusterStatus(input(working)).ignoredFields, undefined);
  });
});

describe('without a change', () => {
  for (const [what, work] of Object.entries({ working, stalled, paused, ready })) {
    test(`${what}: the status stays the same at a later time`, () => {
      const given = input(work, { steps: [step('EtcdReady'), step('ApiReady', 'False')] });
      const first = clusterStatus(given);
      const second = clusterStatus({
        ...given,
        cluster: cluster(first),
        action: first.lastAction ?? undefined,
        nowIso: LATER,
      });
      assert.deepEqual(second, first);
    });
  }
});

test('every field stays within the limits of the API server', () => {
  const status = clusterStatus(input({ ...stalled, message: 'x'.repeat(65_536) }));
  clusters.options.parts['status']?.parse(status);
});
