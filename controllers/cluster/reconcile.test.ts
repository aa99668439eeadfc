/** Reconciling one Cluster on a fake API server. The steps are stubs that record their calls. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { CLUSTER_FINALIZER } from '../../api/platform/labels.ts';
import type { Judgement } from '../../authorization/upgrade-review/review-upgrade.ts';
import { done, failed, type Provider, type StepResult, waiting } from '../../clusters/providers/provider.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Logger } from '../../runtime/log.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { FakeApiServer } from '../../test/support/fake-api-server/fake-api-server.ts';
import { Attempts } from './attempts.ts';
import type { ClusterTools } from './cluster-tools.ts';
import { reconcileCluster } from './reconcile.ts';

const log: Logger = { error: () => undefined, info: () => undefined, debug: () => undefined, child: () => log };
const VERIFY_MS = 1_000;
const SOON_MS = 100;

class Hub {
  readonly server = new FakeApiServer(() => this.nowMs);
  readonly calls: string[] = [];
  nowMs = Date.parse('2026-01-02T00:00:00Z');
  /** The result of the next review, and the reviewed upgrades. */
  judgement: Judgement = { status: 'True', reason: 'NothingChanges', message: 'the upgrade changes no permission' };
  readonly reviewed: string[] = [];
  /** The result of the next step. */
  step: () => StepResult = () => done('it holds', { version: 'v1.36.3' });
  readonly plans = new IndexedStore<ClusterPlan>();
  readonly releases = new IndexedStore<ClusterRelease>();
  readonly providers = new Map<Provider['type'], Provider>();
  readonly #tools: ClusterTools;

  constructor(spec: Partial<Cluster['spec']> = {}) {
    this.cluster = {
      apiVersion: 'platform.tkestack.io/v1',
      kind: clusters.kind,
      metadata: { name: 'cls-a', uid: 'u-1', generation: 1 },
      spec: { tenantID: 'acme', type: 'Local', version: 'v1.36.3', ...spec },
    };
    const step = (condition: string) => ({
      condition,
      doing: `making ${condition}`,
      run: () => {
        this.calls.push(condition);
        return Promise.resolve(this.step());
      },
    });
    this.providers.set('Local', {
      type: 'Local',
      usedFields: [],
      steps: [step('One')],
      stop: [step('Halted')],
      removal: [step('Gone')],
      verifyEveryMs: VERIFY_MS,
    });
    this.#tools = {
      client: this.server.client(),
      events: { record: () => undefined } as unknown as EventRecorder,
      namespace: INSTALLATION_NAMESPACE,
      plans: this.plans,
      releases: this.releases,
      providers: this.providers,
      allowedVersions: () => Promise.resolve(undefined),
      deletionBlockers: () => [],
      reviewPermissions: ({ from, to }) => {
        this.reviewed.push(`${from} ${to}`);
        return Promise.resolve(this.judgement);
      },
      attempts: new Attempts(),
      verifiedAt: new Map(),
      now: () => this.nowMs,
    };
  }

  get cluster(): Cluster | undefined {
    return this.server.get(clusters, { name: 'cls-a' });
  }

  set cluster(cluster: Cluster) {
    this.server.seed(clusters, cluster);
  }

  get statusWrites(): number {
    return this.server.writes.filter(({ subresource }) => subresource === 'status').length;
  }

  change(spec: Partial<Cluster['spec']>, metadata: Partial<Cluster['metadata']> = {}): void {
    const { cluster } = this;
    assert.ok(cluster !== undefined);
    const generation = (cluster.metadata.generation ?? 0) + 1;
    this.cluster = {
      ...cluster,
      metadata: { ...cluster.metadata, generation, ...metadata },
      spec: { ...cluster.spec, ...spec },
    };
  }

  async reconcile(signal = new AbortController().signal): Promise<number | undefined> {
    return (await reconcileCluster('cls-a', this.#tools, { log, signal })).requeueAfterMs;
  }

  get status(): NonNullable<Cluster['status']> {
    return this.cluster?.status ?? {};
  }

  conditions(): string[] {
    return (this.status.conditions ?? []).map(({ type, status }) => `${type}=${status}`).sort();
  }
}

const plan = (spec: Partial<ClusterPlan['spec']>): ClusterPlan => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterPlan',
  metadata: { name: 'small' },
  spec: { provider: 'Local', ...spec },
});

describe('a new cluster', () => {
  test('is created, becomes Ready, and is not written again without a change', async () => {
    const hub = new Hub();
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.status.phase, hub.conditions()], [['One'], 'Running', ['One=True', 'Ready=True']]);
    assert.ok(hub.cluster?.metadata.finalizers?.includes(CLUSTER_FINALIZER));
    const writes = hub.statusWrites;
    await hub.reconcile();
    hub.nowMs += 10 * VERIFY_MS;
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.statusWrites], [['One', 'One'], writes]);
  });
  test('that its plan forbids is created once the plan is corrected', async () => {
    const hub = new Hub({ plan: 'small', controlPlane: { replicas: 3 } });
    hub.plans.set('small', plan({ controlPlane: { max: 1 } }));
    await hub.reconcile();
    assert.equal(hub.status.reason, 'TooBig');
    hub.plans.set('small', plan({ controlPlane: { max: 3 } }));
    await hub.reconcile();
    assert.equal(hub.status.phase, 'Running');
  });
  test('without a version is created once its channel offers a release', async () => {
    const hub = new Hub({ plan: 'small', version: undefined });
    hub.plans.set('small', plan({ channel: 'stable' }));
    await hub.reconcile();
    assert.equal(hub.status.reason, 'VersionMissing');
    hub.releases.set('v1.36.3', {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'ClusterRelease',
      metadata: { name: 'v1.36.3' },
      spec: { version: 'v1.36.3', channel: 'stable' },
    });
    await hub.reconcile();
    assert.equal(hub.status.phase, 'Running');
  });
});

describe('a transient failure of a new cluster', () => {
  test('makes it Failed after three consecutive failures', async () => {
    const hub = new Hub();
    hub.step = () => ({ state: 'failed', reason: 'Timeout', message: 'it does not answer in time', mayPass: true });
    const phases: unknown[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      await hub.reconcile();
      phases.push([hub.status.phase, hub.status.reason]);
    }
    assert.deepEqual(phases, [
      ['Initializing', 'Timeout'],
      ['Initializing', 'Timeout'],
      ['Failed', 'Timeout'],
    ]);
  });
});

describe('a running cluster', () => {
  test('keeps its plan, even if its provider is missing for a while', async () => {
    const hub = new Hub({ plan: 'small' });
    hub.plans.set('small', plan({ controlPlane: { replicas: 3 } }));
    await hub.reconcile();
    const { fromPlan } = hub.status;
    const [local] = hub.providers.values();
    hub.providers.clear();
    await hub.reconcile();
    assert.equal(hub.status.reason, 'ProviderMissing');
    if (local !== undefined) hub.providers.set('Local', local);
    hub.plans.set('small', plan({ controlPlane: { replicas: 1 } }));
    await hub.reconcile();
    assert.deepEqual(hub.status.fromPlan, fromPlan);
  });
  test('becomes not Ready only after three consecutive failed checks', async () => {
    const hub = new Hub();
    await hub.reconcile();
    const writes = hub.statusWrites;
    hub.nowMs += 10 * VERIFY_MS;
    hub.step = () => failed('Unreachable', 'it does not answer');
    await hub.reconcile();
    await hub.reconcile();
    assert.deepEqual([hub.conditions(), hub.statusWrites], [['One=True', 'Ready=True'], writes]);
    hub.step = () => done('it holds');
    await hub.reconcile();
    hub.nowMs += 10 * VERIFY_MS;
    hub.step = () => failed('Unreachable', 'it does not answer');
    await hub.reconcile();
    await hub.reconcile();
    assert.deepEqual([hub.conditions(), hub.statusWrites], [['One=True', 'Ready=True'], writes]);
    await hub.reconcile();
    assert.deepEqual(hub.conditions(), ['One=False', 'Ready=False', 'Stalled=True']);
  });
  test('that fails its checks is not Failed, and its creation stays succeeded', async () => {
    const hub = new Hub();
    await hub.reconcile();
    const { lastAction } = hub.status;
    hub.nowMs += 10 * VERIFY_MS;
    hub.step = () => failed('Unreachable', 'it does not answer');
    for (let look = 0; look < 3; look++) await hub.reconcile();
    assert.deepEqual([hub.status.phase, hub.conditions()], ['Running', ['One=False', 'Ready=False', 'Stalled=True']]);
    assert.deepEqual(hub.status.lastAction, lastAction);
    hub.step = () => done('it holds');
    await hub.reconcile();
    assert.deepEqual([hub.conditions(), hub.status.lastAction], [['One=True', 'Ready=True'], lastAction]);
  });
  test('does not run its hooks again when it is verified', async () => {
    const hub = new Hub({ hooks: [{ name: 'tell', moment: 'AfterCreate', webhook: { url: 'https://127.0.0.1:1/' } }] });
    await hub.reconcile();
    const { conditions = [] } = hub.status;
    // As if the server had reported completion.
    const { cluster } = hub;
    assert.ok(cluster !== undefined);
    hub.cluster = {
      ...cluster,
      status: {
        ...hub.status,
        conditions: (conditions ?? []).map((each) =>
          each.type === 'Hook-tell' ? { ...each, status: 'True' as const } : each,
        ),
      },
    };
    await hub.reconcile();
    assert.deepEqual(hub.conditions(), ['Hook-tell=True', 'One=True', 'Ready=True']);
    for (let times = 0; times < 3; times += 1) {
      hub.nowMs += 10 * VERIFY_MS;
      await hub.reconcile();
      await hub.reconcile();
    }
    assert.deepEqual([hub.status.phase, hub.conditions()], ['Running', ['Hook-tell=True', 'One=True', 'Ready=True']]);
  });
  test('that is changed runs its steps for the new generation', async () => {
    const hub = new Hub();
    await hub.reconcile();
    hub.change({ version: 'v1.36.4' });
    hub.step = () => done('it holds', { version: 'v1.36.4' });
    await hub.reconcile();
    const { lastAction, observedGeneration, version } = hub.status;
    assert.deepEqual(
      [lastAction?.type, lastAction?.from, lastAction?.state, observedGeneration, version],
      ['UPGRADE', 'v1.36.3', 'succeeded', 2, 'v1.36.4'],
    );
  });
});

describe('an upgrade', () => {
  const lost: Judgement = { status: 'False', reason: 'DenialsLost', message: '1 of the denials' };
  const REVIEWED = 'PermissionsReviewed';
  const required = { 'platform.tkestack.io/review-permissions': 'required' };
  const upgraded = async (
    metadata: Partial<Cluster['metadata']>,
    judgement: Judgement,
    spec: Partial<Cluster['spec']> = {},
  ): Promise<Hub> => {
    const hub = new Hub();
    await hub.reconcile();
    hub.step = () => done('it holds', { version: 'v1.36.4' });
    hub.judgement = judgement;
    hub.change({ version: 'v1.36.4', ...spec }, metadata);
    await hub.reconcile();
    return hub;
  };
  const review = (hub: Hub): unknown => (hub.status.conditions ?? []).find(({ type }) => type === REVIEWED);

  test('is reviewed once before its first step, and continues whatever the result', async () => {
    const hub = await upgraded({}, lost);
    await hub.reconcile();
    hub.nowMs += 10 * VERIFY_MS;
    await hub.reconcile();
    assert.deepEqual([hub.reviewed, hub.status.version], [['v1.36.3 v1.36.4'], 'v1.36.4']);
    assert.deepEqual(review(hub), {
      type: REVIEWED,
      ...lost,
      observedGeneration: 2,
      lastTransitionTime: '2026-01-02T00:00:00.000Z',
    });
    assert.deepEqual(hub.conditions(), ['One=True', `${REVIEWED}=False`, 'Ready=True']);
  });
  test('has no review after a later change of another kind', async () => {
    const hub = await upgraded({}, lost);
    hub.change({ displayName: 'A' });
    await hub.reconcile();
    assert.equal(review(hub), undefined);
  });
  test('that requires a review waits until a user confirms this version', async () => {
    const hub = await upgraded({ annotations: required }, lost);
    assert.deepEqual([hub.status.version, hub.status.reason, hub.calls], ['v1.36.3', 'ReviewRequired', ['One']]);
    const look = async (version: string): Promise<void> => {
      if (hub.cluster !== undefined)
        hub.cluster = {
          ...hub.cluster,
          metadata: {
            ...hub.cluster.metadata,
            annotations: { ...required, 'platform.tkestack.io/permissions-reviewed': version },
          },
        };
      await hub.reconcile();
    };
    await look('v1.36.2');
    assert.deepEqual([hub.status.version, hub.status.reason], ['v1.36.3', 'ReviewRequired']);
    await look('v1.36.4');
    assert.deepEqual([hub.status.version, hub.status.lastAction?.state], ['v1.36.4', 'succeeded']);
  });
  test('that waits continues once the policies are corrected', async () => {
    const hub = await upgraded({ annotations: required }, lost);
    hub.judgement = { status: 'True', reason: 'NothingChanges', message: '' };
    await hub.reconcile();
    assert.deepEqual([hub.status.version, hub.status.reason], ['v1.36.4', 'Ready']);
  });
  test('that requires a review waits if the result is Unknown, but not if nothing changes', async () => {
    assert.equal(
      (await upgraded({ annotations: required }, { status: 'True', reason: 'NothingChanges', message: '' })).status
        .version,
      'v1.36.4',
    );
    assert.equal(
      (await upgraded({ annotations: required }, { status: 'Unknown', reason: 'VersionUnknown', message: '' })).status
        .reason,
      'ReviewRequired',
    );
  });
  test('of a paused cluster is reviewed but not begun', async () => {
    const hub = await upgraded({}, lost, { paused: true });
    assert.deepEqual(
      [hub.status.version, hub.conditions()],
      ['v1.36.3', ['One=True', 'Paused=True', `${REVIEWED}=False`, 'Ready=False']],
    );
  });
});

describe('a cluster with spec.stopped', () => {
  test('is created, then stopped, then started again', async () => {
    const hub = new Hub({ stopped: true });
    assert.equal(await hub.reconcile(), SOON_MS);
    assert.deepEqual([hub.calls, hub.status.phase], [['One'], 'Running']);
    await hub.reconcile();
    assert.deepEqual(
      [hub.calls, hub.status.phase, hub.status.reason, hub.conditions()],
      [['One', 'Halted'], 'Idling', 'Stopped', ['Halted=True', 'Ready=False']],
    );
    hub.change({ stopped: false });
    await hub.reconcile();
    assert.deepEqual(
      [hub.calls.at(-1), hub.status.phase, hub.status.lastAction?.type, hub.conditions()],
      ['One', 'Running', 'START', ['One=True', 'Ready=True']],
    );
  });
  test('of a type that cannot be stopped says so', async () => {
    const hub = new Hub();
    await hub.reconcile();
    const { stop: _, ...provider } = hub.providers.get('Local') ?? assert.fail();
    hub.providers.set('Local', provider);
    hub.change({ stopped: true });
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.status.reason], [['One'], 'NotStoppable']);
  });
});

describe('a deletion', () => {
  const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
  test('runs the removal steps and releases the object', async () => {
    const hub = new Hub();
    await hub.reconcile();
    hub.change({}, deleted);
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.cluster], [['One', 'Gone'], undefined]);
  });
  test('that fails says why and keeps the object', async () => {
    const hub = new Hub();
    await hub.reconcile();
    hub.change({}, deleted);
    hub.step = () => failed('PortInUse', 'a process does not end');
    await hub.reconcile();
    assert.deepEqual(
      [hub.status.phase, hub.status.reason, hub.cluster?.metadata.finalizers],
      ['Terminating', 'PortInUse', [CLUSTER_FINALIZER]],
    );
  });
  test('of a protected cluster waits', async () => {
    const hub = new Hub({ deletionProtection: true });
    await hub.reconcile();
    hub.change({}, deleted);
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.status.reason], [['One'], 'DeletionProtected']);
  });
});

describe('a paused cluster', () => {
  /** A hub whose provider pauses its engine like this. */
  function pausing(pause: () => Promise<StepResult>, spec: Partial<Cluster['spec']> = {}): Hub {
    const hub = new Hub({ paused: true, ...spec });
    const provider = hub.providers.get('Local');
    assert.ok(provider !== undefined);
    hub.providers.set('Local', { ...provider, pause });
    return hub;
  }

  test('is not changed', async () => {
    const hub = new Hub({ paused: true });
    await hub.reconcile();
    assert.deepEqual([hub.calls, hub.conditions()], [[], ['Paused=True', 'Ready=False']]);
  });
  test('is reconciled again until its engine has stopped too', async () => {
    let result: StepResult = waiting('Pausing', 'not yet');
    const hub = pausing(() => Promise.resolve(result));
    assert.ok((await hub.reconcile()) !== undefined);
    assert.deepEqual([hub.calls, hub.conditions()], [[], ['Paused=False', 'Ready=False']]);
    result = done('it has stopped');
    assert.equal(await hub.reconcile(), undefined);
    assert.deepEqual([hub.calls, hub.conditions()], [[], ['Paused=True', 'Ready=False']]);
  });
  test('whose engine cannot be paused says why and retries', async () => {
    const hub = pausing(() => Promise.reject(new Error('nobody answers')));
    assert.ok((await hub.reconcile()) !== undefined);
    const paused = hub.status.conditions?.find(({ type }) => type === 'Paused');
    assert.deepEqual(
      [paused?.status, paused?.reason, paused?.message],
      ['False', 'StepFailed', 'pausing: nobody answers'],
    );
  });
  test('has its engine paused even if its spec cannot be met', async () => {
    let asked = 0;
    const hub = pausing(() => Promise.resolve(done(`asked ${(asked += 1)} times`)), { plan: 'missing' });
    await hub.reconcile();
    assert.deepEqual([asked, hub.status.reason], [1, 'PlanNotFound']);
  });
});

test('a stopping process begins no step', async () => {
  const hub = new Hub();
  const stop = new AbortController();
  stop.abort();
  await hub.reconcile(stop.signal);
  assert.deepEqual(hub.calls, []);
});
