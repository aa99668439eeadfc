/**
 * The permissions that a process needs on the hub, as data: hack/generate-rbac.ts makes its ClusterRole and Role of
 * them. What is not declared here, the process can't do.
 */
import type { Resource } from '../../api/object.ts';

export interface Access {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

/** What one process may do, under the name of its ServiceAccount. */
export interface ProcessAccess {
  readonly name: string;
  readonly access: readonly Access[];
  /** Whether it takes part in a leader election, and so needs its Lease. */
  readonly leaderElection: boolean;
  /** Whether each of its processes is a replica that tells in a Lease how far it has come, or waits for such replicas. */
  readonly replicas?: keyof typeof REPLICA_VERBS;
}

/** What it may do with Leases in the namespace of the installation for that. */
export const REPLICA_VERBS = { is: ['create', 'list', 'patch', 'delete'], awaits: ['list'] } as const;

/** What a controller says of a kind: its own, and those that it reads. */
export interface Declared {
  readonly resource: Resource;
  readonly references: readonly { readonly resource: Resource }[];
}

/** Who only reads a kind keeps a cache of it. */
export const READ = ['list', 'watch'] as const;

const RULES: Access = {
  group: 'auth.tkestack.io',
  resource: 'rules',
  verbs: ['list', 'watch', 'get', 'create', 'patch', 'delete'],
};
const EVENTS: Access = { group: 'events.k8s.io', resource: 'events', verbs: ['create'] };

export function reads(resource: Resource): Access {
  return { group: resource.group, resource: resource.plural, verbs: READ };
}

/** Everything that a process with these owners does: read them and what they refer to, hold their finalizers and status, write Rules. */
export function ownersAccess(owners: readonly Declared[]): Access[] {
  const own = owners.flatMap(({ resource }) => [
    { group: resource.group, resource: resource.plural, verbs: [...READ, 'patch'] },
    { group: resource.group, resource: `${resource.plural}/status`, verbs: ['patch'] },
  ]);
  const known = new Set(owners.map(({ resource }) => resource.plural));
  const references = owners
    .flatMap((owner) => owner.references.map((reference) => reference.resource))
    .filter((resource) => !known.has(resource.plural) && known.add(resource.plural));
  return [...own, ...references.map(reads), RULES, EVENTS];
}
