/**
 * The permissions that a process needs on the hub, as data. Its ClusterRole and Roles are generated from them (processes/rbac.ts),
 * so a process cannot do what it does not declare. Pure.
 */
import type { Resource } from '../../api/object.ts';

export interface Access {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** The names of the objects. All objects if left out. */
  readonly names?: readonly string[];
}

export interface NamespacedAccess extends Access {
  /** The namespace. Defaults to that of the installation. */
  readonly namespace?: string;
}

/** The permissions of one process. `name` is that of its ServiceAccount. */
export interface ProcessAccess {
  readonly name: string;
  readonly access: readonly Access[];
  /** Permissions in single namespaces. */
  readonly namespaced?: readonly NamespacedAccess[];
  /** Whether the process elects a leader, and so needs its Lease. */
  readonly leaderElection: boolean;
  /** `is`: each replica publishes in a Lease how far its cache has come. `awaits`: the process waits for such replicas. */
  readonly replicas?: keyof typeof REPLICA_VERBS;
}

/** The verbs on Leases that this needs, in the namespace of the installation. */
export const REPLICA_VERBS = { is: ['create', 'list', 'patch', 'delete'], awaits: ['list'] } as const;

/** The verbs for a cache of a kind. */
export const READ = ['list', 'watch'] as const;

/** The right to use these verbs on all objects of a kind. */
export function allows({ group, plural }: Resource, ...verbs: string[]): Access {
  return { group, resource: plural, verbs };
}

export function reads(resource: Resource): Access {
  return { group: resource.group, resource: resource.plural, verbs: READ };
}
