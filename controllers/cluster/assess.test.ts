/**
 * The assessment of a cluster as a table. What follows from it is in reconcile.test.ts; the checks are in
 * preflight.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { Provider, Step } from '../../clusters/providers/provider.ts';
import { hookCondition } from './action.ts';
import { type Assessment, assess, assessRemoval, type Facts } from './assess.ts';

const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
const VERIFY_MS = 60_000;

const step = (condition: string): Step => ({
  condition,
  doing: '',
  run: () => Promise.reject(new Error('not run here')),
});
const local: Provider = {
  type: 'Local',
  usedFields: [],
  steps: [step('EtcdReady'), step('AccessReady')],
  stop: [step('Stopped')],
  removal: [step('FilesRemoved')],
  verifyEveryMs: VERIFY_MS,
};
const { stop: _, ...unstoppable } = local;

const plan = (spec: Partial<ClusterPlan['spec']> = {}): ClusterPlan => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterPlan',
  metadata: { name: 'small' },
  spec: { provider: 'Local', ...spec },
});

interface Given {
  readonly spec?: Partial<Cluster['spec']>;
  readonly status?: ClusterStatus;
  readonly facts?: Partial<Facts>;
}

function facts({ spec, status, facts: more }: Given): Facts {
  return {
    cluster: {
      apiVersion: 'platform.tkestack.io/v1',
      kind: clusters.kind,
      metadata: { name: 'cls-a', uid: 'u-1', generation: 2 },
      spec: { tenantID: 'acme', type: 'Local', version: 'v1.36.3', ...spec },
      ...(status === undefined ? {} : { status }),
    },
    providers: new Map([['Local', local]]),
    plan: undefined,
    releases: [],
    allowedVersions: undefined,
    verifiedAtMs: 0,
    nowMs: NOW_MS,
    ...more,
  };
}

const succeeded = (generation: number, type: 'CREATE' | 'STOP' = 'CREATE'): ClusterStatus => ({
  version: 'v1.36.3',
  lastAction: { type, state: 'succeeded', generation, startedAt: '2026-01-01T00:00:00Z' },
});
const stepsOf = ({ steps }: Assessment): string[] =>
  steps.map((each) => ('hook' in each ? hookCondition(each.hook) : each.step.condition));

const CREATED = { hooks: [{ name: 'tell', moment: 'AfterCreate', job: { configMap: 'c' } }] } satisfies Given['spec'];
const UPGRADING: Given = {
  spec: { version: 'v1.36.4' },
  status: {
    ...succeeded(1),
    conditions: [
      {
        type: 'EtcdReady',
        status: 'True',
        reason: 'Done',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
};

interface Expected {
  readonly action?: string;
  readonly steps?: readonly string[];
  readonly blocked?: ClusterReason;
  readonly verify?: boolean;
}

describe('assess', () => {
  const cases: Record<string, { readonly given: Given; readonly expected: Expected }> = {
    'a new cluster gets all steps, then its hooks': {
      given: { spec: CREATED },
      expected: { action: 'CREATE', steps: ['EtcdReady', 'AccessReady', 'Hook-tell'] },
    },
    'a finished cluster that was verified lately': {
      given: { status: succeeded(2), facts: { verifiedAtMs: NOW_MS - VERIFY_MS + 1 } },
      expected: { action: 'CREATE', steps: ['EtcdReady', 'AccessReady'] },
    },
    'a finished cluster whose verification is due, without its hooks': {
      given: { spec: CREATED, status: succeeded(2), facts: { verifiedAtMs: NOW_MS - VERIFY_MS } },
      expected: { action: 'CREATE', steps: ['EtcdReady', 'AccessReady'], verify: true },
    },
    'an unfinished cluster is not verified': {
      given: { status: { lastAction: { ...succeeded(2).lastAction, state: 'failed' } as never } },
      expected: { action: 'CREATE', steps: ['EtcdReady', 'AccessReady'] },
    },
    'another version': { given: UPGRADING, expected: { action: 'UPGRADE', steps: ['EtcdReady', 'AccessReady'] } },
    'a stop': {
      given: { spec: { stopped: true }, status: succeeded(1) },
      expected: { action: 'STOP', steps: ['Stopped'] },
    },
    'a stop where the provider has none': {
      given: { spec: { stopped: true }, status: succeeded(1), facts: { providers: new Map([['Local', unstoppable]]) } },
      expected: { action: 'STOP', blocked: 'NotStoppable' },
    },
    'a stop where the provider has none, of a paused cluster: the pause counts': {
      given: {
        spec: { stopped: true, paused: true },
        status: succeeded(1),
        facts: { providers: new Map([['Local', unstoppable]]) },
      },
      expected: { action: 'STOP' },
    },
    'a type without a provider': { given: { spec: { type: 'ClusterAPI' } }, expected: { blocked: 'ProviderMissing' } },
    'a plan that does not exist': { given: { spec: { plan: 'small' } }, expected: { blocked: 'PlanNotFound' } },
    'no version anywhere': { given: { spec: { version: undefined } }, expected: { blocked: 'VersionMissing' } },
    'a size beyond the plan': {
      given: {
        spec: { plan: 'small', controlPlane: { replicas: 3 } },
        facts: { plan: plan({ controlPlane: { max: 1 } }) },
      },
      expected: { blocked: 'TooBig' },
    },
    'a version that cluster-info does not allow': {
      given: { facts: { allowedVersions: ['v1.35.0'] } },
      expected: { blocked: 'VersionNotAllowed' },
    },
  };
  for (const [title, { given, expected }] of Object.entries(cases)) {
    test(title, () => {
      const found = assess(facts(given));
      assert.deepEqual(
        { action: found.action?.type, steps: stepsOf(found), blocked: found.blocked?.reason, verify: found.verify },
        { action: undefined, steps: [], blocked: undefined, verify: false, ...expected },
      );
      assert.ok(found.blocked === undefined || found.blocked.state === 'stalled');
    });
  }

  test('a blocked cluster keeps what is known about its plan and goal, for the status', () => {
    const given = { spec: { plan: 'small' }, facts: { plan: plan(), allowedVersions: [] } };
    const { plan: kept, goal, blocked } = assess(facts(given));
    assert.deepEqual([kept?.provider, goal?.version, blocked?.reason], ['Local', 'v1.36.3', 'VersionNotAllowed']);
  });

  test('the message names every problem, the reason is that of the first', () => {
    const given = { spec: { clusterCIDR: '10.0.0.0/16', serviceCIDR: '10.0.0.0/16' }, facts: { allowedVersions: [] } };
    const { blocked } = assess(facts(given));
    assert.equal(blocked?.reason, 'VersionNotAllowed');
    assert.ok(blocked.message.includes('; clusterCIDR'), blocked.message);
  });

  test('only an upgrade is reviewed, and says whether it has begun', () => {
    const reviewed = ({ status, ...given }: Given): unknown => {
      const { upgrade } = assess(facts({ ...given, ...(status === undefined ? {} : { status }) }));
      return upgrade === undefined ? undefined : [upgrade.from, upgrade.to, upgrade.hasBegun];
    };
    const begun = (UPGRADING.status?.conditions ?? []).map((each) => ({ ...each, observedGeneration: 2 }));
    assert.deepEqual(reviewed(UPGRADING), ['v1.36.3', 'v1.36.4', false]);
    assert.deepEqual(reviewed({ ...UPGRADING, status: { ...UPGRADING.status, conditions: begun } }), [
      'v1.36.3',
      'v1.36.4',
      true,
    ]);
    assert.equal(reviewed({ status: succeeded(1) }), undefined);
  });
});

describe('assessRemoval', () => {
  const cases: Record<
    string,
    { readonly given: Given; readonly blockers?: readonly string[]; readonly expected: Expected }
  > = {
    'a cluster that nothing holds gets the removal steps, after its hooks': {
      given: { spec: { hooks: [{ name: 'save', moment: 'BeforeDelete', job: { configMap: 'c' } }] } },
      expected: { action: 'DELETE', steps: ['Hook-save', 'FilesRemoved'] },
    },
    'a protected cluster': {
      given: { spec: { deletionProtection: true } },
      expected: { blocked: 'DeletionProtected' },
    },
    'a paused cluster': { given: { spec: { paused: true } }, expected: { blocked: 'Paused' } },
    'a cluster with Namespaces in it': { given: {}, blockers: ['Namespace a/b'], expected: { blocked: 'Terminating' } },
    'a type without a provider': { given: { spec: { type: 'ClusterAPI' } }, expected: { blocked: 'ProviderMissing' } },
  };
  for (const [title, { given, blockers = [], expected }] of Object.entries(cases)) {
    test(title, () => {
      const found = assessRemoval(facts(given), blockers);
      assert.deepEqual(
        { action: found.action?.type, steps: stepsOf(found), blocked: found.blocked?.reason },
        { action: 'DELETE', steps: [], blocked: undefined, ...expected },
      );
    });
  }

  test('a removal that waits for Namespaces goes on by itself, and names five of them', () => {
    const { blocked } = assessRemoval(facts({}), ['1', '2', '3', '4', '5', '6', '7']);
    assert.equal(blocked?.state, 'working');
    assert.ok(blocked.message.endsWith(': 1, 2, 3, 4, 5 and 2 more'), blocked.message);
  });
});
