import assert from 'node:assert/strict';
import test from 'node:test';
import { resourceNamed } from './resource-names.ts';

const CASES: Record<string, { typed: string; group: string; resource: string }> = {
  'a plural': { typed: 'deployments', group: '', resource: 'deployments' },
  'a singular': { typed: 'ingress', group: '', resource: 'ingresses' },
  'a short name': { typed: 'deploy', group: '', resource: 'deployments' },
  'letter case': { typed: 'Pods', group: '', resource: 'pods' },
  'a group': { typed: 'deployments.apps', group: 'apps', resource: 'deployments' },
  'a cluster-scoped kind of Kubernetes': { typed: 'sc', group: 'storage.k8s.io', resource: 'storageclasses' },
  'a kind of Steward': { typed: 'policy', group: 'auth.tkestack.io', resource: 'policies' },
  'a project': { typed: 'prj', group: 'business.tkestack.io', resource: 'projects' },
  'a cluster': { typed: 'clusters', group: 'platform.tkestack.io', resource: 'clusters' },
  'namespaces of Kubernetes, not of Steward': { typed: 'ns', group: '', resource: 'namespaces' },
  'namespaces of Steward, by their group': {
    typed: 'namespaces.business.tkestack.io',
    group: 'business.tkestack.io',
    resource: 'namespaces',
  },
  'roles of RBAC, not of Steward': { typed: 'roles', group: '', resource: 'roles' },
  'an unknown resource': { typed: 'widget', group: '', resource: 'widgets' },
};
for (const [name, { typed, ...expected }] of Object.entries(CASES)) {
  test(`resolves ${name}: ${typed}`, () => assert.deepEqual(resourceNamed(typed), expected));
}
