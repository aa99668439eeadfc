import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classProblem } from './class-problem.ts';
import type { CapiObject } from './resources.ts';

const template = (kind: string, name: string): object => ({
  apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
  kind,
  name,
});
const newSpec = {
  infrastructure: { templateRef: template('DockerClusterTemplate', 'quick') },
  controlPlane: {
    templateRef: {
      apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2',
      kind: 'KubeadmControlPlaneTemplate',
      name: 'quick',
    },
    machineInfrastructure: { templateRef: template('DockerMachineTemplate', 'quick') },
    healthCheck: { remediation: { templateRef: template('Remedy', 'r') } },
  },
  workers: {
    machineDeployments: [{ class: 'a', infrastructure: { templateRef: template('DockerMachineTemplate', 'quick') } }],
  },
  patches: [{ definitions: [{ selector: { kind: 'Other' } }] }],
};
const oldSpec = {
  infrastructure: { ref: template('DockerClusterTemplate', 'quick') },
  workers: {
    machineDeployments: [
      { class: 'a', template: { infrastructure: { ref: template('DockerMachineTemplate', 'big') } } },
    ],
  },
};
/** The condition that Cluster API writes when a template or its kind is missing. */
const LOST = {
  type: 'RefVersionsUpToDate',
  status: 'Unknown',
  reason: 'InternalError',
  message: 'Please check controller logs for errors',
};
const WELL = [
  { type: 'RefVersionsUpToDate', status: 'True', reason: 'RefVersionsUpToDate' },
  { type: 'VariablesReady', status: 'True', reason: 'VariablesReady' },
];

function said(status: object | undefined, spec: object = newSpec): string {
  const made: CapiObject = {
    apiVersion: '',
    kind: 'ClusterClass',
    metadata: { name: 'quick', namespace: 'clusters' },
    spec,
    ...(status === undefined ? {} : { status }),
  };
  const problem = classProblem(made);
  return problem?.state === 'failed' ? `${problem.reason}: ${problem.message}` : 'nothing';
}

describe('a ClusterClass', () => {
  test('with missing templates lists all that it names, and says what to install', () => {
    assert.match(
      said({ conditions: [LOST] }),
      /^ClassTemplatesMissing: .*clusters\/quick \(DockerClusterTemplate quick of infrastructure\.cluster\.x-k8s\.io\/v1beta2, KubeadmControlPlaneTemplate quick of controlplane\.cluster\.x-k8s\.io\/v1beta2, DockerMachineTemplate quick of infrastructure\.cluster\.x-k8s\.io\/v1beta2\): install .*clusterctl init/,
    );
  });
  test('is read in v1beta1 too', () => {
    assert.match(
      said({ conditions: [], v1beta2: { conditions: [LOST] } }, oldSpec),
      /\(DockerClusterTemplate quick of .*, DockerMachineTemplate big of [^,]*\): install/,
    );
    assert.match(said({ conditions: [LOST] }, oldSpec), /^ClassTemplatesMissing: /);
  });
  test('whose variables an extension does not provide says so', () => {
    assert.match(
      said({
        conditions: [
          { type: 'VariablesReady', status: 'False', reason: 'VariableDiscoveryFailed', message: 'no answer' },
        ],
      }),
      /^ClassVariablesFailed: .*no answer$/,
    );
  });
  test('that is healthy, or not reconciled yet, has no problem', () => {
    assert.equal(said({ conditions: WELL }), 'nothing');
    assert.equal(said({ conditions: [{ ...LOST, status: 'False', reason: 'RefVersionsNotUpToDate' }] }), 'nothing');
    assert.equal(said({}), 'nothing');
    assert.equal(said(undefined), 'nothing');
  });
});
