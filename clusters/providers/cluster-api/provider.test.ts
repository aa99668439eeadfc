/** The steps of the provider on a fake API server that serves one version of Cluster API. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../../api/installation.ts';
import { coreNamespaces, type Secret, secrets } from '../../../api/kubernetes/core.ts';
import type { Cluster } from '../../../api/platform/cluster.ts';
import { TENANT_LABEL } from '../../../api/platform/labels.ts';
import { ApiError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import { FakeApiServer, type Request } from '../../../test/support/fake-api-server/fake-api-server.ts';
import { createAuthority } from '../../controlplane/certificates.ts';
import { goalOf, isProblem } from '../goal.ts';
import type { StepContext, StepResult } from '../provider.ts';
import { clusterAPIProvider } from './provider.ts';
import {
  type ApiVersion,
  CLUSTER_API_GROUP,
  capiClusters,
  clusterClasses,
  OWNER_ANNOTATION,
  PAUSED_ANNOTATION,
} from './resources.ts';

const log: Logger = { error() {}, info() {}, debug() {}, child: () => log };
const provider = clusterAPIProvider({ authorization: undefined });

const NAMESPACE = 'clusters';

/** A hub with one namespace, one ClusterClass, and at most one Cluster of Cluster API. */
class Hub {
  readonly server = new FakeApiServer();
  readonly #serves: ApiVersion | 'nothing';

  /** `serves` is the only served version of Cluster API. */
  constructor(
    serves: ApiVersion | 'nothing',
    object?: {
      readonly spec?: object;
      readonly status?: object;
      readonly annotations?: Readonly<Record<string, string>>;
    },
  ) {
    this.#serves = serves;
    this.server.onRequest = ({ resource: { group, version } }) => {
      if (group === CLUSTER_API_GROUP && version !== serves)
        throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    };
    const metadata = { name: NAMESPACE, labels: { [TENANT_LABEL]: 'acme' } };
    this.server.seed(coreNamespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    this.setClassStatus({});
    if (object === undefined || serves === 'nothing') return;
    const { spec = {}, status = {}, annotations = { [OWNER_ANNOTATION]: 'u1' } } = object;
    this.server.seed(capiClusters(serves), {
      apiVersion: `${CLUSTER_API_GROUP}/${serves}`,
      kind: 'Cluster',
      metadata: { name: 'dev', namespace: NAMESPACE, uid: 'c1', generation: 2, annotations },
      spec,
      status,
    });
  }

  setClassStatus(status: object): void {
    if (this.#serves === 'nothing') return;
    this.server.seed(clusterClasses(this.#serves), {
      apiVersion: `${CLUSTER_API_GROUP}/${this.#serves}`,
      kind: 'ClusterClass',
      metadata: { name: 'quick', namespace: NAMESPACE },
      spec: {
        workers: { machineDeployments: [{ class: 'default-worker' }] },
        variables: [{ name: 'stewardAuthorization' }],
      },
      status,
    });
  }

  get patches(): readonly Request[] {
    return this.server.requests.filter(({ verb }) => verb === 'patch');
  }

  get deleted(): readonly string[] {
    return this.server.requests.filter(({ verb }) => verb === 'delete').map(({ key }) => key);
  }

  run(condition: string, spec: Partial<Cluster['spec']> = {}, status?: Cluster['status']): Promise<StepResult> {
    const step = [...provider.steps, ...provider.removal].find((each) => each.condition === condition);
    assert.ok(step !== undefined);
    return step.run(this.context(spec, status));
  }

  context(spec: Partial<Cluster['spec']> = {}, status?: Cluster['status']): StepContext {
    const cluster: Cluster = {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'dev', uid: 'u1' },
      spec: {
        tenantID: 'acme',
        type: 'ClusterAPI',
        version: 'v1.36.1',
        clusterAPI: { namespace: NAMESPACE, class: { name: 'quick' } },
        ...spec,
      },
      ...(status === undefined ? {} : { status }),
    };
    const goal = goalOf(cluster, undefined);
    assert.ok(!isProblem(goal));
    return {
      cluster,
      goal,
      client: this.server.client(),
      namespace: INSTALLATION_NAMESPACE,
      log,
      signal: new AbortController().signal,
    };
  }
}

const outcome = (result: StepResult): string => (result.state === 'done' ? 'done' : `${result.state} ${result.reason}`);

describe('a hub that serves only v1beta1', () => {
  test('gets the goal in v1beta1', async () => {
    const hub = new Hub('v1beta1');
    assert.equal(outcome(await hub.run('ProvidersServed')), 'done');
    assert.equal(outcome(await hub.run('ClusterApplied', { nodePools: [{ name: 'main', replicas: 2 }] })), 'done');
    const [patched] = hub.patches;
    assert.equal(patched?.resource.version, 'v1beta1');
    const { apiVersion, spec } = patched.body as {
      readonly apiVersion: string;
      readonly spec: { readonly topology: object };
    };
    assert.equal(apiVersion, 'cluster.x-k8s.io/v1beta1');
    assert.deepEqual(spec.topology, {
      class: 'quick',
      version: 'v1.36.1',
      controlPlane: { replicas: 1 },
      workers: { machineDeployments: [{ class: 'default-worker', name: 'main', replicas: 2 }] },
    });
  });
});

describe('a step stops, and writes nothing, when', () => {
  const cases: Record<
    string,
    { readonly hub: Hub; readonly spec?: Partial<Cluster['spec']>; readonly step: string; readonly is: string }
  > = {
    'the namespace belongs to another tenant': {
      hub: new Hub('v1beta2'),
      spec: { tenantID: 'umbrella' },
      step: 'ProvidersServed',
      is: 'failed NamespaceOfAnotherTenant',
    },
    'the namespace belongs to no tenant': {
      hub: new Hub('v1beta2'),
      spec: { clusterAPI: { namespace: 'kube-system' } },
      step: 'ProvidersServed',
      is: 'failed NamespaceOfAnotherTenant',
    },
    'the kubeconfig belongs to a Cluster that was created for something else': {
      hub: new Hub('v1beta2', { annotations: {} }),
      step: 'AccessReady',
      is: 'failed ClusterGone',
    },
    'neither cluster nor plan names a class': {
      hub: new Hub('v1beta2'),
      spec: { clusterAPI: {} },
      step: 'ClassFound',
      is: 'failed ClassMissing',
    },
    'the class does not exist': {
      hub: new Hub('v1beta2'),
      spec: { clusterAPI: { class: { name: 'other' } } },
      step: 'ClassFound',
      is: 'failed ClassNotFound',
    },
    'a Cluster of that name was created for something else': {
      hub: new Hub('v1beta2', { annotations: {} }),
      step: 'ClusterApplied',
      is: 'failed ClusterOfAnother',
    },
    'the Cluster is gone': { hub: new Hub('v1beta2'), step: 'InfrastructureReady', is: 'failed ClusterGone' },
    'someone else has paused the Cluster': {
      hub: new Hub('v1beta2', { spec: { paused: true } }),
      step: 'UpToDate',
      is: 'waiting PausedInClusterAPI',
    },
    'someone else has paused a Cluster that is to be removed': {
      hub: new Hub('v1beta2', { spec: { paused: true } }),
      step: 'ClusterRemoved',
      is: 'waiting PausedInClusterAPI',
    },
  };
  for (const [what, { hub, spec, step, is }] of Object.entries(cases)) {
    test(what, async () => {
      assert.equal(outcome(await hub.run(step, spec)), is);
      assert.deepEqual([hub.patches, hub.deleted], [[], []]);
    });
  }
});

describe('a class that is not ready', () => {
  const waits = {
    status: {
      conditions: [
        {
          type: 'TopologyReconciled',
          status: 'False',
          reason: 'ClusterClassNotReconciled',
          message: 'ClusterClass not reconciled.',
          observedGeneration: 2,
        },
      ],
    },
  };
  test('keeps the steps waiting', async () =>
    assert.equal(outcome(await new Hub('v1beta2', waits).run('InfrastructureReady')), 'waiting ClassNotReady'));
  test('fails the steps when its own status shows that it cannot become ready', async () => {
    const hub = new Hub('v1beta2', waits);
    hub.setClassStatus({
      conditions: [
        {
          type: 'RefVersionsUpToDate',
          status: 'Unknown',
          reason: 'InternalError',
          message: 'Please check controller logs for errors',
        },
      ],
    });
    for (const step of ['InfrastructureReady', 'ControlPlaneReady', 'UpToDate'])
      assert.equal(outcome(await hub.run(step)), 'failed ClassTemplatesMissing');
  });
});

describe('a pause', () => {
  const byUs = { spec: { paused: true }, annotations: { [OWNER_ANNOTATION]: 'u1', [PAUSED_ANNOTATION]: 'true' } };
  const fields = ({ patches }: Hub): unknown[] =>
    patches.map(({ patchType, body }) =>
      patchType === 'merge' ? (body as { readonly spec: object }).spec : patchType,
    );

  test('starts once, and is marked as one by this controller', async () => {
    const hub = new Hub('v1beta2', {});
    assert.equal(outcome((await provider.pause?.(hub.context())) ?? assert.fail()), 'waiting Pausing');
    assert.deepEqual(
      hub.patches.map(({ body }) => body),
      [{ metadata: { uid: 'c1', annotations: { [PAUSED_ANNOTATION]: 'true' } }, spec: { paused: true } }],
    );
    const again = new Hub('v1beta2', byUs);
    await provider.pause?.(again.context());
    assert.deepEqual(again.patches, []);
  });
  test('by this controller ends before the goal is applied', async () => {
    const hub = new Hub('v1beta2', byUs);
    assert.equal(outcome(await hub.run('ClusterApplied')), 'done');
    assert.deepEqual(fields(hub), [{ paused: false }, 'apply']);
  });
  test('by someone else stays when the goal is applied', async () => {
    const hub = new Hub('v1beta2', { spec: { paused: true } });
    assert.equal(outcome(await hub.run('ClusterApplied')), 'done');
    assert.deepEqual(fields(hub), ['apply']);
    const [patched] = hub.patches;
    assert.ok(patched !== undefined && !('paused' in (patched.body as { readonly spec: object }).spec));
  });
  test('by this controller ends before a removal', async () => {
    const hub = new Hub('v1beta2', byUs);
    assert.equal(outcome(await hub.run('ClusterRemoved')), 'waiting ClusterAPIDeleting');
    assert.deepEqual([fields(hub), hub.deleted], [[{ paused: false }], [`${NAMESPACE}/dev`]]);
  });
  test('is done when there is nothing to pause', async () =>
    assert.equal(outcome((await provider.pause?.(new Hub('v1beta2').context())) ?? assert.fail()), 'done'));
});

describe('a removal after Cluster API was uninstalled', () => {
  const condition = (type: string, status: 'True' | 'False', reason = 'R'): NonNullable<Cluster['status']> => ({
    conditions: [
      { type, status, reason, message: '', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  });
  const cases: Record<string, { readonly status?: Cluster['status']; readonly is: string }> = {
    'is done for a cluster without a status': { is: 'done' },
    'is done when Cluster API was never installed': {
      status: condition('ProvidersServed', 'False', 'ClusterAPIMissing'),
      is: 'done',
    },
    'is done when there was no class': { status: condition('ClassFound', 'False', 'ClassNotFound'), is: 'done' },
    'fails when the Cluster was written, even without a version': {
      status: condition('ClusterApplied', 'True', 'Done'),
      is: 'failed ClusterAPIMissing',
    },
    'fails when the write failed, because it may have arrived': {
      status: condition('ClusterApplied', 'False', 'StepFailed'),
      is: 'failed ClusterAPIMissing',
    },
    'fails when the process was killed after the step before the write': {
      status: condition('ClassFound', 'True', 'Done'),
      is: 'failed ClusterAPIMissing',
    },
    'fails when Cluster API was removing the cluster': {
      status: condition('ClusterRemoved', 'False', 'ClusterAPIDeleting'),
      is: 'failed ClusterAPIMissing',
    },
    'is done when it was already done': { status: condition('ClusterRemoved', 'True', 'Done'), is: 'done' },
    'fails when it has failed before': {
      status: condition('ClusterRemoved', 'False', 'ClusterAPIMissing'),
      is: 'failed ClusterAPIMissing',
    },
    'fails when the cluster has a version': { status: { version: 'v1.36.1' }, is: 'failed ClusterAPIMissing' },
  };
  for (const [what, { status, is }] of Object.entries(cases))
    test(what, async () => assert.equal(outcome(await new Hub('nothing').run('ClusterRemoved', {}, status)), is));
});

describe('the CA of client certificates', () => {
  const ca = (labels: Readonly<Record<string, string>>, data: Readonly<Record<string, string>>): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'dev-ca', namespace: NAMESPACE, labels },
    data,
  });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const named = { 'cluster.x-k8s.io/cluster-name': 'dev' };

  async function found(hub: Hub, secret: Secret | undefined): Promise<string | undefined> {
    if (secret !== undefined) hub.server.seed(secrets, secret);
    return (await provider.clientAuthority?.(hub.context()))?.cert;
  }

  test('comes only from the Secret of a Cluster that was created for ours', async () => {
    const { cert, key } = await createAuthority('dev-ca');
    const whole = ca(named, { 'tls.crt': base64(cert), 'tls.key': base64(key) });
    assert.equal(await found(new Hub('v1beta2', {}), whole), cert);
    assert.equal(await found(new Hub('v1beta2', { annotations: {} }), whole), undefined);
    assert.equal(await found(new Hub('v1beta2'), whole), undefined);
    assert.equal(await found(new Hub('v1beta2', {}), ca({}, whole.data ?? {})), undefined);
    assert.equal(await found(new Hub('v1beta2', {}), ca(named, { 'tls.crt': base64(cert) })), undefined);
    assert.equal(await found(new Hub('v1beta2', {}), undefined), undefined);
  });
});
