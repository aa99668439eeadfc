/** What a translation of a source object takes and returns. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { TanzuReason } from '../../api/platform/tanzu-reasons.ts';

/** The settings of the Namespace, the releases, and what is known about the cluster. */
export interface Settings {
  readonly tenantID: string;
  readonly type: ClusterType;
  readonly plan: string | undefined;
  readonly releases: readonly ClusterRelease[];
  /** The version in the spec of the existing Cluster. */
  readonly current: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface Translation {
  readonly spec: Cluster['spec'];
  /** The paths of fields without effect, each with the reason, sorted. */
  readonly unmapped: readonly string[];
}

/** Why no Cluster can be created or changed, for a condition. */
export interface Problem {
  readonly reason: TanzuReason;
  readonly message: string;
}

export function isProblem<T extends object>(value: T | Problem): value is Problem {
  return 'reason' in value;
}
