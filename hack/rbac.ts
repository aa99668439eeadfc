/** What a process declares → the RBAC objects that grant it, and nothing beside. Pure. */
import type { ProcessAccess } from '../controllers/rule-owner/access.ts';

export const NAMESPACE = 'steward-system';

/** Names of objects in Kubernetes manifests; only what is needed here. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';

/** ServiceAccount, ClusterRole and binding of a process; with an election, also Role and binding for its one Lease. */
export function rbacOf({ name, access, leaderElection }: ProcessAccess): Manifest[] {
  const rules = access.map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } };
  const objects = [account, roleOf('ClusterRole', name, rules), bindingOf('ClusterRole', name)];
  return leaderElection ? [...objects, roleOf('Role', name, leaseRules(name)), bindingOf('Role', name)] : objects;
}

function leaseRules(name: string): PolicyRule[] {
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  // RBAC can't limit a create to a name, since the name is not known yet when it is checked.
  return [{ ...lease, verbs: ['create'] }, { ...lease, resourceNames: [name], verbs: ['get', 'update'] }];
}

function roleOf(kind: 'ClusterRole' | 'Role', name: string, rules: readonly PolicyRule[]): Manifest {
  return { apiVersion: `${RBAC}/v1`, kind, metadata: metadataOf(kind, name), rules };
}

function bindingOf(kind: 'ClusterRole' | 'Role', name: string): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata: metadataOf(kind, name),
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
  };
}

function metadataOf(kind: 'ClusterRole' | 'Role', name: string): Manifest['metadata'] {
  return kind === 'Role' ? { name, namespace: NAMESPACE } : { name };
}
