import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Goal, PoolGoal } from '../goal.ts';
import { type ClassFacts, isManifestProblem, type ManifestInput, manifestOf } from './manifest.ts';

const pool = (fields: Partial<PoolGoal> = {}): PoolGoal => ({
  name: 'main',
  class: undefined,
  replicas: 2,
  machineClass: undefined,
  labels: {},
  taints: [],
  ...fields,
});
const goal = (fields: Partial<Goal> = {}): Goal => ({
  name: 'dev',
  uid: 'u1',
  tenantID: 'acme',
  type: 'ClusterAPI',
  version: 'v1.36.1',
  controlPlane: { replicas: 3, machineClass: undefined },
  nodePools: [pool()],
  clusterCIDR: '192.168.0.0/16',
  serviceCIDR: '10.96.0.0/16',
  dnsDomain: 'cluster.local',
  alternativeNames: [],
  class: { name: 'quick' },
  variables: [{ name: 'region', value: 'eu' }],
  ...fields,
});
const classFacts: ClassFacts = { name: 'quick', namespace: 'clusters', workers: ['default-worker'], variables: [] };
const input = (fields: Partial<ManifestInput> = {}): ManifestInput => ({
  goal: goal(),
  apiVersion: 'v1beta2',
  namespace: 'clusters',
  classFacts,
  ...fields,
});

/** The manifest. Throws for a problem. */
function topology(given: ManifestInput): unknown {
  const made = manifestOf(given);
  assert.ok(!isManifestProblem(made));
  return (made.spec as { readonly topology: unknown }).topology;
}

const COMMON = {
  version: 'v1.36.1',
  controlPlane: { replicas: 3 },
  workers: { machineDeployments: [{ class: 'default-worker', name: 'main', replicas: 2 }] },
  variables: [{ name: 'region', value: 'eu' }],
};

describe('the Cluster of Cluster API for a goal', () => {
  test('is complete in v1beta2', () => {
    assert.deepEqual(manifestOf(input()), {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata: {
        name: 'dev',
        namespace: 'clusters',
        labels: { 'platform.tkestack.io/cluster': 'dev', 'platform.tkestack.io/tenant': 'acme' },
        annotations: { 'platform.tkestack.io/cluster-uid': 'u1' },
      },
      spec: {
        clusterNetwork: {
          pods: { cidrBlocks: ['192.168.0.0/16'] },
          services: { cidrBlocks: ['10.96.0.0/16'] },
          serviceDomain: 'cluster.local',
        },
        topology: { classRef: { name: 'quick' }, ...COMMON },
      },
    });
  });

  const topologies: Record<string, { readonly given: Partial<ManifestInput>; readonly wanted: object }> = {
    'names its class as v1beta1 does': {
      given: { apiVersion: 'v1beta1' },
      wanted: { class: 'quick', ...COMMON },
    },
    'names the namespace of a class in another namespace': {
      given: { classFacts: { ...classFacts, namespace: 'classes' } },
      wanted: { classRef: { name: 'quick', namespace: 'classes' }, ...COMMON },
    },
    'names that namespace as v1beta1 does': {
      given: { apiVersion: 'v1beta1', classFacts: { ...classFacts, namespace: 'classes' } },
      wanted: { class: 'quick', classNamespace: 'classes', ...COMMON },
    },
    'sets the size of machines in the variable that the class has for it': {
      given: {
        classFacts: { ...classFacts, variables: ['vmClass'] },
        goal: goal({ controlPlane: { replicas: 3, machineClass: 'big' }, nodePools: [] }),
      },
      wanted: {
        classRef: { name: 'quick' },
        version: COMMON.version,
        variables: COMMON.variables,
        controlPlane: { replicas: 3, variables: { overrides: [{ name: 'vmClass', value: 'big' }] } },
      },
    },
    'names the Secret with the files of the authorizer': {
      given: { authorization: { secretName: 'dev-authorization', revision: 'r1' } },
      wanted: {
        classRef: { name: 'quick' },
        ...COMMON,
        variables: [
          ...COMMON.variables,
          { name: 'stewardAuthorization', value: { secretName: 'dev-authorization', revision: 'r1' } },
        ],
      },
    },
    'omits empty lists': {
      given: { goal: goal({ nodePools: [], variables: [] }) },
      wanted: { classRef: { name: 'quick' }, version: COMMON.version, controlPlane: COMMON.controlPlane },
    },
    'passes on the labels and taints of a pool': {
      given: {
        goal: goal({ nodePools: [pool({ labels: { a: 'b' }, taints: [{ key: 'k', effect: 'NoSchedule' }] })] }),
      },
      wanted: {
        classRef: { name: 'quick' },
        ...COMMON,
        workers: {
          machineDeployments: [
            {
              class: 'default-worker',
              name: 'main',
              replicas: 2,
              metadata: { labels: { a: 'b' } },
              taints: [{ key: 'k', effect: 'NoSchedule', propagation: 'Always' }],
            },
          ],
        },
      },
    },
  };
  for (const [name, { given, wanted }] of Object.entries(topologies))
    test(name, () => assert.deepEqual(topology(input(given)), wanted));

  const problems: Record<string, { readonly given: Partial<ManifestInput>; readonly reason: string }> = {
    'a machine size for which the class has no variable': {
      given: { goal: goal({ nodePools: [pool({ machineClass: 'big' })] }) },
      reason: 'MachineClassUnsupported',
    },
    'taints in v1beta1, which does not support them': {
      given: {
        apiVersion: 'v1beta1',
        goal: goal({ nodePools: [pool({ taints: [{ key: 'k', effect: 'NoSchedule' }] })] }),
      },
      reason: 'TaintsUnsupported',
    },
    'the variable that decides who authorizes in the cluster': {
      given: {
        goal: goal({ variables: [{ name: 'stewardAuthorization', value: { secretName: 'mine', revision: '' } }] }),
      },
      reason: 'VariableReserved',
    },
    'an unknown worker class': {
      given: { goal: goal({ nodePools: [pool({ class: 'gpu' })] }) },
      reason: 'WorkerClassUnknown',
    },
    'a pool without a worker class where the ClusterClass has two': {
      given: { classFacts: { ...classFacts, workers: ['a', 'b'] } },
      reason: 'WorkerClassUnknown',
    },
  };
  for (const [name, { given, reason }] of Object.entries(problems)) {
    test(`is refused for ${name}`, () => {
      const made = manifestOf(input(given));
      assert.equal(isManifestProblem(made) && made.reason, reason);
    });
  }
});
