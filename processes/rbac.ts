/** Returns the RBAC objects that grant a process exactly what it declares. Pure. */
import { INSTALLATION_NAMESPACE } from '../api/installation.ts';
import { type Access, type ProcessAccess, REPLICA_VERBS } from '../runtime/process/access.ts';

/** A manifest of Kubernetes, with the fields that are needed here. */
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

/** Returns ServiceAccount, ClusterRole and binding of a process, and for each namespace with rights of its own a Role and binding. */
export function rbacOf(process: ProcessAccess): Manifest[] {
  const { name, access } = process;
  const rules = access.map(ruleOf);
  // Only pods that ask for the token get it; the Deployments do.
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: INSTALLATION_NAMESPACE },
    automountServiceAccountToken: false,
  };
  const objects = [account, roleOf('ClusterRole', name, rules), bindingOf('ClusterRole', name)];
  return [
    ...objects,
    ...[...namespacedRules(process)].flatMap(([namespace, granted]) => [
      roleOf('Role', name, granted, namespace),
      bindingOf('Role', name, namespace),
    ]),
  ];
}

/** The rules of the Roles, by namespace. */
function namespacedRules(process: ProcessAccess): Map<string, PolicyRule[]> {
  const rulesIn = new Map<string, PolicyRule[]>();
  const add = (namespace: string, rules: readonly PolicyRule[]): void => {
    if (rules.length > 0) rulesIn.set(namespace, [...(rulesIn.get(namespace) ?? []), ...rules]);
  };
  add(INSTALLATION_NAMESPACE, leaseRules(process));
  for (const { namespace = INSTALLATION_NAMESPACE, ...access } of process.namespaced ?? [])
    add(namespace, [ruleOf(access)]);
  return rulesIn;
}

function ruleOf({ group, resource, verbs, names }: Access): PolicyRule {
  return { apiGroups: [group], resources: [resource], ...(names === undefined ? {} : { resourceNames: names }), verbs };
}

/**
 * RBAC can't limit `create` to a name, because the name is not known when the request is checked. Nor can it limit an
 * authorizer replica to its own Lease, whose name is generated.
 */
function leaseRules({ name, leaderElection, replicas }: ProcessAccess): PolicyRule[] {
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  return [
    ...(leaderElection
      ? [
          { ...lease, verbs: ['create'] },
          { ...lease, resourceNames: [name], verbs: ['get', 'update'] },
        ]
      : []),
    ...(replicas === undefined ? [] : [{ ...lease, verbs: REPLICA_VERBS[replicas] }]),
  ];
}

function roleOf(
  kind: 'ClusterRole' | 'Role',
  name: string,
  rules: readonly PolicyRule[],
  namespace = INSTALLATION_NAMESPACE,
): Manifest {
  return { apiVersion: `${RBAC}/v1`, kind, metadata: metadataOf(kind, name, namespace), rules };
}

function bindingOf(kind: 'ClusterRole' | 'Role', name: string, namespace = INSTALLATION_NAMESPACE): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata: metadataOf(kind, name, namespace),
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: INSTALLATION_NAMESPACE }],
  };
}

function metadataOf(kind: 'ClusterRole' | 'Role', name: string, namespace: string): Manifest['metadata'] {
  return kind === 'Role' ? { name, namespace } : { name };
}
