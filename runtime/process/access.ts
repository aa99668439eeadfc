/**
 * The permissions that a process needs on the hub, as data: hack/generate-rbac.ts makes its ClusterRole and Role of
 * them. What is not declared here, the process can't do. Pure.
 */
import type { Resource } from '../../api/object.ts';

export interface Access {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** The only objects that it is about; all when left out. */
  readonly names?: readonly string[];
}

export interface NamespacedAccess extends Access {
  /** The namespace; that of the installation when left out. */
  readonly namespace?: string;
}

/** What one process may do, under the name of its ServiceAccount. */
export interface ProcessAccess {
  readonly name: string;
  readonly access: readonly Access[];
  /** What it may do in one namespace only. */
  readonly namespaced?: readonly NamespacedAccess[];
  /** Whether it takes part in a leader election, and so needs its Lease. */
  readonly leaderElection: boolean;
  /** Whether each of its processes is a replica that tells in a Lease how far it has come, or waits for such replicas. */
  readonly replicas?: keyof typeof REPLICA_VERBS;
}

/** What it may do with Leases in the namespace of the installation for that. */
export const REPLICA_VERBS = { is: ['create', 'list', 'patch', 'delete'], awaits: ['list'] } as const;

/** Who only reads a kind keeps a cache of it. */
export const READ = ['list', 'watch'] as const;

export function reads(resource: Resource): Access {
  return { group: resource.group, resource: resource.plural, verbs: READ };
}
