import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { type Goal, goalOf, isProblem } from '../../clusters/providers/goal.ts';
import type { Step } from '../../clusters/providers/provider.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { type Action, actionOf, hookCondition, nextStep, plannedSteps, removalOf } from './action.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const LATER = '2026-01-03T03:04:05.000Z';
const BEFORE = '2026-01-01T00:00:00.000Z';

const cluster = (status: ClusterStatus | undefined, generation = 2, more: object = {}): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'cls-a', uid: 'u-1', generation, ...more },
  spec: { tenantID: 'acme', type: 'Local', version: 'v1.36.3', nodePools: [{ name: 'a', replicas: 2 }] },
  ...(status === undefined ? {} : { status }),
});

function goal(spec: Partial<Cluster['spec']> = {}): Goal {
  const base = cluster(undefined);
  const found = goalOf({ ...base, spec: { ...base.spec, ...spec } }, undefined);
  assert.ok(!isProblem(found));
  return found;
}

const last = (type: Action['type'], state: Action['state'] = 'succeeded', more: Partial<Action> = {}): Action => ({
  type,
  state,
  generation: 1,
  startedAt: BEFORE,
  ...more,
});
const replicas = (desired: number): { desired: number; ready: number; upToDate: number } => ({
  desired,
  ready: desired,
  upToDate: desired,
});
const running = { version: 'v1.36.3', controlPlane: replicas(1), workers: replicas(2) };
const deleted = { deletionTimestamp: BEFORE };

describe('the action of a generation', () => {
  const cases: Record<
    string,
    { status?: ClusterStatus; spec?: Partial<Cluster['spec']>; metadata?: object; type: Action['type'] }
  > = {
    'a new cluster': { type: 'CREATE' },
    'a change during creation': { status: { lastAction: last('CREATE', 'in progress') }, type: 'CREATE' },
    'a change after a failed creation': {
      status: { lastAction: last('CREATE', 'failed'), version: 'v1.35.0' },
      type: 'CREATE',
    },
    'another version': { status: { ...running, version: 'v1.35.4', lastAction: last('CREATE') }, type: 'UPGRADE' },
    'another version and size': {
      status: { ...running, version: 'v1.35.4', workers: replicas(9), lastAction: last('CREATE') },
      type: 'UPGRADE',
    },
    'the same version without the v': {
      status: { ...running, lastAction: last('CREATE') },
      spec: { version: '1.36.3' },
      type: 'UPDATE',
    },
    'more workers': { status: { ...running, workers: replicas(1), lastAction: last('CREATE') }, type: 'RESIZE' },
    'fewer control plane replicas': {
      status: { ...running, controlPlane: replicas(3), lastAction: last('UPGRADE') },
      type: 'RESIZE',
    },
    'another change': { status: { ...running, lastAction: last('RESIZE') }, type: 'UPDATE' },
    'another version of an imported cluster, which Steward never upgrades': {
      status: { ...running, version: 'v1.20.0', lastAction: last('CREATE') },
      spec: { type: 'Imported' },
      type: 'UPDATE',
    },
    'another change after the version was reached, but the upgrade is unfinished': {
      status: { ...running, lastAction: last('UPGRADE', 'failed', { from: 'v1.35.4' }) },
      type: 'UPGRADE',
    },
    'back to the old version before the upgrade changed anything': {
      status: { ...running, lastAction: last('UPGRADE', 'failed', { from: 'v1.36.3' }) },
      type: 'UPDATE',
    },
    'another change after an unfinished resize': {
      status: { ...running, lastAction: last('RESIZE', 'failed') },
      type: 'RESIZE',
    },
    'a stop': { status: { ...running, lastAction: last('RESIZE') }, spec: { stopped: true }, type: 'STOP' },
    'a stop during an upgrade': {
      status: { ...running, lastAction: last('UPGRADE', 'in progress') },
      spec: { stopped: true },
      type: 'STOP',
    },
    'a stop during creation, which finishes first': {
      status: { lastAction: last('CREATE', 'in progress') },
      spec: { stopped: true },
      type: 'CREATE',
    },
    'a new cluster with spec.stopped, which is created first': { spec: { stopped: true }, type: 'CREATE' },
    'another change of a stopped cluster': {
      status: { ...running, lastAction: last('STOP') },
      spec: { stopped: true, version: 'v1.37.0' },
      type: 'STOP',
    },
    'a start': { status: { ...running, lastAction: last('STOP') }, type: 'START' },
    'a start with another version': {
      status: { ...running, version: 'v1.35.4', lastAction: last('STOP') },
      type: 'UPGRADE',
    },
    'a start with another size': {
      status: { ...running, workers: replicas(1), lastAction: last('STOP') },
      type: 'RESIZE',
    },
    'a deletion of a stopped cluster': {
      status: { ...running, lastAction: last('STOP') },
      spec: { stopped: true },
      metadata: deleted,
      type: 'DELETE',
    },
    'a deletion': { status: { ...running, lastAction: last('CREATE') }, metadata: deleted, type: 'DELETE' },
    'a deletion during an upgrade': {
      status: { ...running, lastAction: last('UPGRADE', 'in progress', { generation: 2 }) },
      metadata: deleted,
      type: 'DELETE',
    },
  };
  for (const [what, { status, spec, metadata, type }] of Object.entries(cases)) {
    test(`${what}: ${type}`, () => {
      const known = cluster(status, 2, metadata);
      const changed = { ...known, spec: { ...known.spec, ...spec } };
      const action = metadata === undefined ? actionOf(changed, goal(spec), NOW) : removalOf(changed, NOW);
      assert.deepEqual([action.type, action.state, action.generation, action.startedAt], [type, 'in progress', 2, NOW]);
    });
  }

  test('an action that was begun for this generation continues', () => {
    for (const state of ['in progress', 'failed', 'succeeded'] as const) {
      const known = last('UPGRADE', state, { generation: 2, from: 'v1.34.0' });
      assert.equal(actionOf(cluster({ ...running, version: 'v1.35.0', lastAction: known }), goal(), NOW), known);
    }
  });

  test('a cluster created with spec.stopped is stopped once, after its creation', () => {
    const known = cluster({ ...running, lastAction: last('CREATE', 'succeeded', { generation: 2 }) });
    const stopped = { ...known, spec: { ...known.spec, stopped: true } };
    const action = actionOf(stopped, goal(), NOW);
    assert.deepEqual([action.type, action.generation], ['STOP', 2]);
    assert.equal(actionOf({ ...stopped, status: { ...running, lastAction: action } }, goal(), LATER), action);
  });

  test('an upgrade records the version where it began, even if it is changed halfway', () => {
    const from = (lastAction: Action): string | undefined =>
      actionOf(cluster({ ...running, version: 'v1.35.4', lastAction }), goal(), NOW).from;
    assert.equal(from(last('CREATE')), 'v1.35.4');
    assert.equal(from(last('UPGRADE', 'in progress', { from: 'v1.34.9' })), 'v1.34.9');
    assert.equal(from(last('UPGRADE', 'succeeded', { from: 'v1.34.9' })), 'v1.35.4');
  });
});

const step = (condition: string): Step => ({
  condition,
  doing: '',
  run: () => Promise.reject(new Error('not run here')),
});
const hook = (name: string, moment: Hook['moment']): Hook => ({ name, moment, job: { configMap: 'c' } });
const hooks = [
  hook('a', 'AfterCreate'),
  hook('b', 'BeforeCreate'),
  hook('c', 'BeforeUpgrade'),
  hook('d', 'AfterResize'),
  hook('e', 'BeforeDelete'),
  hook('f', 'BeforeCreate'),
];

describe('planned steps', () => {
  const cases: Record<Action['type'], readonly string[]> = {
    CREATE: ['Hook-b', 'Hook-f', 'One', 'Two', 'Hook-a'],
    UPGRADE: ['Hook-c', 'One', 'Two'],
    RESIZE: ['One', 'Two', 'Hook-d'],
    UPDATE: ['One', 'Two'],
    STOP: ['One', 'Two'],
    START: ['One', 'Two'],
    DELETE: ['Hook-e', 'One', 'Two'],
  };
  for (const [type, wanted] of Object.entries(cases)) {
    test(`of ${type}: hooks before, provider steps, hooks after`, () => {
      const steps = plannedSteps(last(type as Action['type']), ['One', 'Two'].map(step), hooks);
      assert.deepEqual(
        steps.map((each) => ('hook' in each ? hookCondition(each.hook) : each.step.condition)),
        wanted,
      );
    });
  }
});

describe('the next step', () => {
  const planned = [{ condition: 'One' }, { condition: 'Two' }, { condition: 'Three' }];
  const is = (type: string, status: Condition['status'], observedGeneration: number): Condition => ({
    type,
    status,
    reason: 'R',
    message: '',
    observedGeneration,
    lastTransitionTime: BEFORE,
  });
  const cases: Record<string, { conditions: readonly Condition[]; next: string | undefined }> = {
    'is the first one without any conditions': { conditions: [], next: 'One' },
    'is the failed one, not the first one': { conditions: [is('One', 'True', 2), is('Two', 'False', 2)], next: 'Two' },
    'is one whose condition is of an older generation': {
      conditions: [is('One', 'True', 1), is('Two', 'True', 2), is('Three', 'True', 2)],
      next: 'One',
    },
    'is one whose condition is Unknown': { conditions: [is('One', 'True', 2), is('Two', 'Unknown', 2)], next: 'Two' },
    'is none when all conditions are True': {
      conditions: [is('Three', 'True', 2), is('Two', 'True', 2), is('One', 'True', 2)],
      next: undefined,
    },
    'ignores other conditions': { conditions: [is('Ready', 'True', 2)], next: 'One' },
  };
  for (const [what, { conditions, next }] of Object.entries(cases))
    test(what, () => assert.equal(nextStep(planned, conditions, 2)?.condition, next));
});
