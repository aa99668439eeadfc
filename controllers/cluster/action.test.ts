import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { type Goal, goalOf, isProblem } from '../../clusters/providers/goal.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { type Action, actionOf, nextStep, stepsOf } from './action.ts';

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

describe('what a generation asks for', () => {
  const cases: Record<
    string,
    { status?: ClusterStatus; spec?: Partial<Cluster['spec']>; metadata?: object; type: Action['type'] }
  > = {
    'a cluster that is new': { type: 'CREATE' },
    'a change while it is being created': { status: { lastAction: last('CREATE', 'in progress') }, type: 'CREATE' },
    'a change after its creation failed': {
      status: { lastAction: last('CREATE', 'failed'), version: 'v1.35.0' },
      type: 'CREATE',
    },
    'another version': { status: { ...running, version: 'v1.35.4', lastAction: last('CREATE') }, type: 'UPGRADE' },
    'another version and size': {
      status: { ...running, version: 'v1.35.4', workers: replicas(9), lastAction: last('CREATE') },
      type: 'UPGRADE',
    },
    'the same version without its v': {
      status: { ...running, lastAction: last('CREATE') },
      spec: { version: '1.36.3' },
      type: 'UPDATE',
    },
    'more workers': { status: { ...running, workers: replicas(1), lastAction: last('CREATE') }, type: 'RESIZE' },
    'fewer members of the control plane': {
      status: { ...running, controlPlane: replicas(3), lastAction: last('UPGRADE') },
      type: 'RESIZE',
    },
    'something else': { status: { ...running, lastAction: last('RESIZE') }, type: 'UPDATE' },
    'another version of an imported cluster, which its owner upgrades': {
      status: { ...running, version: 'v1.20.0', lastAction: last('CREATE') },
      spec: { type: 'Imported' },
      type: 'UPDATE',
    },
    'something else after all have the version of an upgrade that is not finished': {
      status: { ...running, lastAction: last('UPGRADE', 'failed', { from: 'v1.35.4' }) },
      type: 'UPGRADE',
    },
    'the version before an upgrade of which nothing was done': {
      status: { ...running, lastAction: last('UPGRADE', 'failed', { from: 'v1.36.3' }) },
      type: 'UPDATE',
    },
    'something else after a change of size that is not finished': {
      status: { ...running, lastAction: last('RESIZE', 'failed') },
      type: 'RESIZE',
    },
    'to be stopped': { status: { ...running, lastAction: last('RESIZE') }, spec: { stopped: true }, type: 'STOP' },
    'to be stopped in the middle of an upgrade': {
      status: { ...running, lastAction: last('UPGRADE', 'in progress') },
      spec: { stopped: true },
      type: 'STOP',
    },
    'to be stopped while it is being created, which is ended first': {
      status: { lastAction: last('CREATE', 'in progress') },
      spec: { stopped: true },
      type: 'CREATE',
    },
    'to be stopped from the first, which is created first': { spec: { stopped: true }, type: 'CREATE' },
    'something else of one that is stopped': {
      status: { ...running, lastAction: last('STOP') },
      spec: { stopped: true, version: 'v1.37.0' },
      type: 'STOP',
    },
    'to be started': { status: { ...running, lastAction: last('STOP') }, type: 'START' },
    'to be started with another version': {
      status: { ...running, version: 'v1.35.4', lastAction: last('STOP') },
      type: 'UPGRADE',
    },
    'to be started with another size': {
      status: { ...running, workers: replicas(1), lastAction: last('STOP') },
      type: 'RESIZE',
    },
    'a deletion of one that is stopped': {
      status: { ...running, lastAction: last('STOP') },
      spec: { stopped: true },
      metadata: deleted,
      type: 'DELETE',
    },
    'a deletion': { status: { ...running, lastAction: last('CREATE') }, metadata: deleted, type: 'DELETE' },
    'a deletion in the middle of an upgrade': {
      status: { ...running, lastAction: last('UPGRADE', 'in progress', { generation: 2 }) },
      metadata: deleted,
      type: 'DELETE',
    },
  };
  for (const [what, { status, spec, metadata, type }] of Object.entries(cases)) {
    test(`${what}: ${type}`, () => {
      const known = cluster(status, 2, metadata);
      const action = actionOf(
        { ...known, spec: { ...known.spec, ...spec } },
        metadata === undefined ? goal(spec) : undefined,
        NOW,
      );
      assert.deepEqual([action.type, action.state, action.generation, action.startedAt], [type, 'in progress', 2, NOW]);
    });
  }

  test('an action that is under way for it stays as it is', () => {
    for (const state of ['in progress', 'failed', 'succeeded'] as const) {
      const known = last('UPGRADE', state, { generation: 2, from: 'v1.34.0' });
      assert.equal(actionOf(cluster({ ...running, version: 'v1.35.0', lastAction: known }), goal(), NOW), known);
    }
  });

  test('what was created for a generation that is to be stopped is stopped then, once', () => {
    const known = cluster({ ...running, lastAction: last('CREATE', 'succeeded', { generation: 2 }) });
    const stopped = { ...known, spec: { ...known.spec, stopped: true } };
    const action = actionOf(stopped, goal(), NOW);
    assert.deepEqual([action.type, action.generation], ['STOP', 2]);
    assert.equal(actionOf({ ...stopped, status: { ...running, lastAction: action } }, goal(), LATER), action);
  });

  test('an upgrade says from where, also when it is changed in its middle', () => {
    const from = (lastAction: Action): string | undefined =>
      actionOf(cluster({ ...running, version: 'v1.35.4', lastAction }), goal(), NOW).from;
    assert.equal(from(last('CREATE')), 'v1.35.4');
    assert.equal(from(last('UPGRADE', 'in progress', { from: 'v1.34.9' })), 'v1.34.9');
    assert.equal(from(last('UPGRADE', 'succeeded', { from: 'v1.34.9' })), 'v1.35.4');
  });
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

describe('the steps', () => {
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
    test(`of ${type} are its hooks before, the provider's, and its hooks after`, () => {
      const steps = stepsOf(last(type as Action['type']), ['One', 'Two'], hooks);
      assert.deepEqual(
        steps.map(({ condition }) => condition),
        wanted,
      );
      assert.deepEqual(
        steps.filter((step) => step.hook !== undefined).map(({ condition }) => condition),
        wanted.filter((each) => each.startsWith('Hook-')),
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
    'is the first when nothing is known': { conditions: [], next: 'One' },
    'is the one that failed, not the first': { conditions: [is('One', 'True', 2), is('Two', 'False', 2)], next: 'Two' },
    'is one that held for the generation before': {
      conditions: [is('One', 'True', 1), is('Two', 'True', 2), is('Three', 'True', 2)],
      next: 'One',
    },
    'is one of which nothing is sure': { conditions: [is('One', 'True', 2), is('Two', 'Unknown', 2)], next: 'Two' },
    'is none when all hold': {
      conditions: [is('Three', 'True', 2), is('Two', 'True', 2), is('One', 'True', 2)],
      next: undefined,
    },
    'has nothing to do with other conditions': { conditions: [is('Ready', 'True', 2)], next: 'One' },
  };
  for (const [what, { conditions, next }] of Object.entries(cases))
    test(what, () => assert.equal(nextStep(planned, conditions, 2)?.condition, next));
});
