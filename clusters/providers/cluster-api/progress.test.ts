import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Goal } from '../goal.ts';
import { observe } from './observed.ts';
import {
  controlPlaneProgress,
  deletionProgress,
  infrastructureProgress,
  pauseProgress,
  upToDateProgress,
} from './progress.ts';
import type { CapiObject } from './resources.ts';

const goal = { version: 'v1.36.1', controlPlane: { replicas: 1 }, nodePools: [{ replicas: 2 }] } as unknown as Goal;
const READY = {
  TopologyReconciled: 'True',
  RollingOut: 'False',
  ScalingUp: 'False',
  ScalingDown: 'False',
  ControlPlaneMachinesUpToDate: 'True',
  WorkerMachinesUpToDate: 'True',
  Available: 'True',
};
const counts = (count: number, other: object = {}): object => ({
  desiredReplicas: count,
  replicas: count,
  readyReplicas: count,
  upToDateReplicas: count,
  ...other,
});
const conditions = (given: Readonly<Record<string, string>>, observedGeneration = 3, reason = 'R'): object[] =>
  Object.entries(given).map(([type, status]) => ({ type, status, reason, message: '', observedGeneration }));
const finished = { conditions: conditions(READY), controlPlane: counts(1), workers: counts(2) };

/** Messages of Cluster API, wrapped as its managers do. */
const READING =
  'error reading the ClusterClass: failed to get infrastructure cluster template for ClusterClass clusters/quick: failed to retrieve DockerClusterTemplate clusters/quick: failed to retrieve DockerClusterTemplate clusters/quick: ';
const NO_KIND = `${READING}no matches for kind "DockerClusterTemplate" in version "infrastructure.cluster.x-k8s.io/v1beta2"`;
const NO_VERSION = `${READING}failed to get API group resources: unable to retrieve the complete list of server APIs: infrastructure.cluster.x-k8s.io/v1beta2: the server could not find the requested resource`;
const topologyFailed = (message: string): object => ({
  type: 'TopologyReconciled',
  status: 'False',
  reason: 'ReconcileFailed',
  message,
  observedGeneration: 3,
});

function cluster(status: object, version = 'v1beta2'): CapiObject {
  return {
    apiVersion: `cluster.x-k8s.io/${version}`,
    kind: 'Cluster',
    metadata: { name: 'dev', generation: 3, uid: 'c1' },
    status,
  };
}

function reasonOf(status: object, version?: string): string {
  const result = upToDateProgress(observe(cluster(status, version)), goal);
  return result.state === 'done' ? 'done' : `${result.state} ${result.reason}`;
}

describe('a cluster, compared with its goal, when', () => {
  const cases: Record<string, { readonly status: object; readonly wanted: string; readonly version?: string }> = {
    'all conditions hold and all machines are ready': { status: finished, wanted: 'done' },
    'the same holds in v1beta1': { status: { v1beta2: finished }, wanted: 'done', version: 'v1beta1' },
    'it is Available during an upgrade': {
      status: { ...finished, conditions: conditions({ ...READY, TopologyReconciled: 'False' }) },
      wanted: 'waiting TopologyReconciling',
    },
    'machines are being replaced': {
      status: { ...finished, conditions: conditions({ ...READY, RollingOut: 'True' }) },
      wanted: 'waiting RollingOut',
    },
    'the conditions are about an older generation': {
      status: { ...finished, conditions: conditions(READY, 2) },
      wanted: 'waiting TopologyReconciling',
    },
    'the conditions hold, but the numbers are still the old ones': {
      status: { ...finished, workers: counts(1) },
      wanted: 'waiting MachinesChanging',
    },
    'a worker is not ready': {
      status: { ...finished, workers: counts(2, { readyReplicas: 1 }) },
      wanted: 'waiting MachinesChanging',
    },
    'a surplus worker still exists': {
      status: { ...finished, workers: counts(2, { replicas: 3 }) },
      wanted: 'waiting MachinesChanging',
    },
    'a machine still has the old version': {
      status: { ...finished, controlPlane: counts(1, { versions: [{ version: 'v1.35.4' }] }) },
      wanted: 'waiting MachinesChanging',
    },
    'it has no status yet': { status: {}, wanted: 'waiting TopologyReconciling' },
    'Cluster API is too old to report what is up to date': {
      status: { controlPlaneReady: true },
      wanted: 'failed ClusterAPITooOld',
      version: 'v1beta1',
    },
    'the topology cannot be reconciled': {
      status: { ...finished, conditions: conditions({ TopologyReconciled: 'False' }, 3, 'ReconcileFailed') },
      wanted: 'failed TopologyFailed',
    },
    'a provider was uninstalled': {
      status: { conditions: [topologyFailed(NO_KIND)] },
      wanted: 'failed KindNotServed',
    },
    'a provider is installed in another version': {
      status: { conditions: [topologyFailed(NO_VERSION)] },
      wanted: 'failed KindNotServed',
    },
    'the class is not ready, as newer versions report it': {
      status: {
        conditions: [
          topologyFailed(
            'ClusterClass is not successfully reconciled: ClusterClass.status.observedGeneration must be 1, but is 0',
          ),
        ],
      },
      wanted: 'waiting ClassNotReady',
    },
    'the class is not ready': {
      status: { conditions: conditions({ TopologyReconciled: 'False' }, 3, 'ClusterClassNotReconciled') },
      wanted: 'waiting ClassNotReady',
    },
  };
  for (const [name, { status, wanted, version }] of Object.entries(cases))
    test(name, () => assert.equal(reasonOf(status, version), wanted));

  test('has a version in its status when all machines have it, and counts always', () => {
    assert.deepEqual(upToDateProgress(observe(cluster(finished)), goal).status, {
      controlPlane: { desired: 1, ready: 1, upToDate: 1 },
      workers: { desired: 2, ready: 2, upToDate: 2 },
      version: 'v1.36.1',
    });
    const partly = upToDateProgress(observe(cluster({ ...finished, workers: counts(2, { readyReplicas: 1 }) })), goal);
    assert.deepEqual(partly.status, {
      controlPlane: { desired: 1, ready: 1, upToDate: 1 },
      workers: { desired: 2, ready: 1, upToDate: 2 },
    });
  });
});

test('the message names the kind that is not served, and says what to install', () => {
  const messageFor = (message: string): string => {
    const result = infrastructureProgress(observe(cluster({ conditions: [topologyFailed(message)] })));
    return result.state === 'failed' ? result.message : '';
  };
  assert.match(
    messageFor(NO_KIND),
    /^the hub does not serve DockerClusterTemplate of infrastructure\.cluster\.x-k8s\.io\/v1beta2, .*clusterctl init/,
  );
  assert.match(messageFor(NO_VERSION), /^the hub does not serve infrastructure\.cluster\.x-k8s\.io\/v1beta2, /);
});

describe('the progress', () => {
  const of = (status: object, version?: string): ReturnType<typeof observe> => observe(cluster(status, version));
  test('of infrastructure and control plane is read in both versions', () => {
    assert.equal(infrastructureProgress(of({ initialization: { infrastructureProvisioned: true } })).state, 'done');
    assert.equal(infrastructureProgress(of({ infrastructureReady: true }, 'v1beta1')).state, 'done');
    assert.equal(infrastructureProgress(of({})).state, 'waiting');
    assert.equal(controlPlaneProgress(of({ initialization: { controlPlaneInitialized: true } })).state, 'done');
    assert.equal(
      controlPlaneProgress(of({ v1beta2: { conditions: conditions({ ControlPlaneInitialized: 'True' }) } }, 'v1beta1'))
        .state,
      'done',
    );
    assert.equal(controlPlaneProgress(of({})).state, 'waiting');
  });

  test('of a deletion includes the message of Cluster API', () => {
    const deleting = [
      { type: 'Deleting', status: 'True', reason: 'WaitingForWorkersDeletion', message: '* Worker Machines: a, b' },
    ];
    assert.match(deletionProgress(of({ conditions: deleting })).message, /workers.+: Worker Machines: a, b$/);
  });

  test('of a pause is done when Cluster API reports it for this generation', () => {
    assert.equal(pauseProgress(of({ conditions: conditions({ Paused: 'True' }) })).state, 'done');
    assert.equal(pauseProgress(of({ conditions: conditions({ Paused: 'True' }, 2) })).state, 'waiting');
    assert.equal(pauseProgress(of({ conditions: conditions({ Paused: 'False' }) })).state, 'waiting');
  });
});
