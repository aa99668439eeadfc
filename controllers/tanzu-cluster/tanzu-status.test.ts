import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cluster, type ClusterStatus, clusters } from '../../api/platform/cluster.ts';
import { tanzuKubernetesClusters } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { type StatusInput, tanzuStatus } from './tanzu-status.ts';

const NOW = '2026-01-02T03:04:05.000Z';
const ready = (status: Condition['status'], reason: string): Condition => ({
  type: 'Ready',
  status,
  reason,
  message: `it is ${reason}`,
  lastTransitionTime: NOW,
});
const cluster = (status: ClusterStatus): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'ns-a', generation: 3 },
  spec: { tenantID: 'acme', type: 'Local' },
  status: { observedGeneration: 3, ...status },
});
const input = (more: Partial<StatusInput> = {}): StatusInput => ({
  generation: 2,
  isDeleted: false,
  known: [],
  name: 'ns-a',
  cluster: undefined,
  unmapped: [],
  problem: undefined,
  nowIso: NOW,
  ...more,
});
const problem = { reason: 'TenantMissing', message: 'no label' } as const;
const conditionsIn = (given: StatusInput): string[] =>
  (tanzuStatus(given).conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('phase and conditions', () => {
  const mapped = 'FullyMapped=True EverythingMapped';
  const cases: Record<string, { given: StatusInput; phase: string; conditions: readonly string[] }> = {
    'before there is a Cluster': { given: input(), phase: 'creating', conditions: [mapped, 'Ready=False Waiting'] },
    'with a problem, and no Cluster': {
      given: input({ problem, unmapped: undefined }),
      phase: 'failed',
      conditions: ['FullyMapped=Unknown NotTranslated', 'Ready=False TenantMissing'],
    },
    'with a problem, and a running Cluster': {
      given: input({ problem, cluster: cluster({ phase: 'Running', conditions: [ready('True', 'Ready')] }) }),
      phase: 'running',
      conditions: [mapped, 'Ready=False TenantMissing'],
    },
    'while the Cluster is created': {
      given: input({ cluster: cluster({ phase: 'Initializing', conditions: [ready('False', 'Creating')] }) }),
      phase: 'creating',
      conditions: [mapped, 'Ready=False Creating'],
    },
    'of a running Cluster': {
      given: input({ cluster: cluster({ phase: 'Running', conditions: [ready('True', 'Ready')] }) }),
      phase: 'running',
      conditions: [mapped, 'Ready=True Ready'],
    },
    'during an upgrade': {
      given: input({ cluster: cluster({ phase: 'Upgrading', conditions: [ready('False', 'Upgrading')] }) }),
      phase: 'updating',
      conditions: [mapped, 'Ready=False Upgrading'],
    },
    'of a Cluster whose creation failed': {
      given: input({ cluster: cluster({ phase: 'Failed', conditions: [ready('False', 'PortInUse')] }) }),
      phase: 'failed',
      conditions: [mapped, 'Ready=False PortInUse'],
    },
    'of a Cluster whose last change was not seen yet': {
      given: input({
        cluster: cluster({ phase: 'Running', observedGeneration: 2, conditions: [ready('True', 'Ready')] }),
      }),
      phase: 'running',
      conditions: [mapped, 'Ready=False Updating'],
    },
    'during deletion': {
      given: input({
        isDeleted: true,
        unmapped: undefined,
        cluster: cluster({ phase: 'Terminating', conditions: [ready('False', 'DeletionProtected')] }),
      }),
      phase: 'deleting',
      conditions: ['Ready=False Deleting'],
    },
    'with fields without effect': {
      given: input({ unmapped: ['a: b'] }),
      phase: 'creating',
      conditions: ['FullyMapped=False FieldsWithoutEffect', 'Ready=False Waiting'],
    },
  };
  for (const [what, { given, phase, conditions }] of Object.entries(cases)) {
    test(what, () => assert.deepEqual([tanzuStatus(given).phase, conditionsIn(given)], [phase, conditions]));
  }
});

test('numbers, version and addresses come from the Cluster', () => {
  const status = tanzuStatus(
    input({
      cluster: cluster({
        version: 'v1.36.3',
        addresses: [{ type: 'Advertise', host: '10.0.0.1', port: 6443 }],
        controlPlane: { desired: 3, ready: 2, upToDate: 3 },
        workers: { desired: 4, ready: 4, upToDate: 4 },
      }),
    }),
  );
  assert.deepEqual(
    [status.version, status.apiEndpoints, status.totalWorkerReplicas, status.cluster],
    ['v1.36.3', [{ host: '10.0.0.1', port: 6443 }], 4, 'ns-a'],
  );
  assert.deepEqual(
    (status.conditions ?? [])
      .filter(({ type }) => type.endsWith('sReady') || type.startsWith('Control'))
      .map(({ type, status: holds }) => `${type}=${holds}`),
    ['ControlPlaneReady=False', 'NodePoolsReady=True'],
  );
});

test('fields that the provider ignores are listed too', () => {
  const { unmappedFields } = tanzuStatus(
    input({ unmapped: ['a: b'], cluster: cluster({ ignoredFields: ['spec.nodePools'] }) }),
  );
  assert.deepEqual(unmappedFields, ['a: b', 'spec.nodePools of Cluster ns-a: its provider does not use it']);
});

test('the same input gives the same status, within the limits of the API server', () => {
  const unmapped = Array.from({ length: 900 }, (_, index) => `${'x'.repeat(2_000)}${index}`);
  const first = tanzuStatus(input({ unmapped }));
  tanzuKubernetesClusters.options.parts['status']?.parse(first);
  assert.deepEqual(
    tanzuStatus(input({ unmapped, known: first.conditions ?? [], nowIso: '2027-01-01T00:00:00.000Z' })),
    first,
  );
});
