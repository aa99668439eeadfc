/** What reconciling a Cluster needs from the process: clients, caches, and what it remembers between runs. */
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { Provider } from '../../clusters/providers/provider.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import type { Attempts } from './attempts.ts';
import type { ReviewPermissions } from './permission-review.ts';

export interface ClusterTools {
  readonly client: Client;
  readonly events: EventRecorder;
  /** The namespace of the installation. */
  readonly namespace: string;
  readonly plans: Store<ClusterPlan>;
  readonly releases: Store<ClusterRelease>;
  readonly providers: ReadonlyMap<ClusterType, Provider>;
  /** The versions that ConfigMap kube-public/cluster-info allows; undefined when it does not list any. */
  readonly allowedVersions: () => Promise<readonly string[] | undefined>;
  /** The objects that keep the cluster of this name from being removed, for a message. */
  readonly deletionBlockers: (cluster: string) => readonly string[];
  readonly reviewPermissions: ReviewPermissions;
  readonly attempts: Attempts;
  /**
   * When all steps of a finished cluster last ran, by uid, in milliseconds since 1970. Lost with the process: then they
   * run again.
   */
  readonly verifiedAt: Map<string, number>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
