/**
 * The contract of a provider, which creates and changes clusters of one type. A provider lists steps that lead to a
 * goal. The cluster controller runs them in order, writes a condition for each, and retries at the first step that is
 * not done.
 *
 * A step must be idempotent and resumable: it compares the observed state with the goal, does what is missing, and
 * reports its progress. It runs again after its process was killed in the middle, after the goal changed, and
 * periodically to correct drift. It keeps no state between runs.
 */
import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/log.ts';
import type { ConnectionProblem } from '../connections/connection-problem.ts';
import type { Authority } from '../controlplane/certificates.ts';
import type { Goal } from './goal.ts';

export type StepResult =
  /** The step's condition holds. `message` says for users what holds. */
  | { readonly state: 'done'; readonly message: string; readonly status?: StatusPart }
  /** The step is in progress: retry it after `retryAfterMs`. `message` says what it waits for. */
  | {
      readonly state: 'waiting';
      readonly reason: ClusterReason;
      readonly message: string;
      readonly retryAfterMs?: number;
      readonly status?: StatusPart;
    }
  /** The step cannot succeed as things are. `message` says what is wrong, where, and what to do about it. */
  | {
      readonly state: 'failed';
      readonly reason: ClusterReason;
      readonly message: string;
      readonly status?: StatusPart;
      /** Probably transient (for example a timeout); reported only after repeated failures. */
      readonly mayPass?: boolean;
    };

/** What a step learned about the cluster. */
export type StatusPart = Partial<
  Pick<
    ClusterStatus,
    'version' | 'server' | 'caBundle' | 'clusterID' | 'kubeconfigSecret' | 'controlPlane' | 'workers' | 'addresses'
  >
>;

/** What a step works with. All steps of one run get the same object. */
export interface StepContext {
  readonly cluster: Cluster;
  /** Undefined in a removal, which must also work for a cluster that no longer has a goal. */
  readonly goal: Goal | undefined;
  /** A client of the hub. */
  readonly client: Client;
  /** The namespace of the installation, where the Secrets of clusters are. */
  readonly namespace: string;
  readonly log: Logger;
  /** Aborts when the process shuts down. A step then ends soon. */
  readonly signal: AbortSignal;
}

export interface Step {
  /** The type of the step's condition, such as `EtcdReady`. */
  readonly condition: string;
  /** What the step does, for users: `starting etcd`. */
  readonly doing: string;
  run(context: StepContext): Promise<StepResult>;
}

export interface Provider {
  readonly type: ClusterType;
  /**
   * The optional fields of the spec that the provider uses, each with everything in it: `version`,
   * `controlPlane.replicas`. The status lists the others as ignored.
   */
  readonly usedFields: readonly string[];
  /** The steps that bring the cluster to its goal, at its creation and after every change. */
  readonly steps: readonly Step[];
  /** The steps that stop a cluster with spec.stopped and keep its data. Absent where clusters cannot be stopped. */
  readonly stop?: readonly Step[];
  /** The steps that remove the cluster and everything that was created for it. */
  readonly removal: readonly Step[];
  /**
   * Stops the engine behind the provider from changing a cluster with spec.paused, which gets no steps meanwhile. The
   * first step after the pause starts the engine again. Absent where nothing but the steps changes the cluster.
   */
  pause?(context: StepContext): Promise<StepResult>;
  /**
   * Returns the CA that signs client certificates of the cluster; undefined where the provider does not have its key.
   */
  clientAuthority?(context: Pick<StepContext, 'cluster' | 'client' | 'namespace'>): Promise<Authority | undefined>;
  /** How often all steps of a finished cluster run again to correct drift, in milliseconds. */
  readonly verifyEveryMs: number;
}

export function done(message: string, status?: StatusPart): StepResult {
  return { state: 'done', message, ...(status === undefined ? {} : { status }) };
}

export function waiting(reason: ClusterReason, message: string, retryAfterMs?: number): StepResult {
  return { state: 'waiting', reason, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export function failed(reason: ClusterReason, message: string): StepResult {
  return { state: 'failed', reason, message };
}

/** The result of a step that needs a goal and got none, which only a removal may. */
export const GOAL_MISSING = failed(
  'GoalMissing',
  'the step ran without a goal, which is a defect of the controller: read its log',
);

/**
 * A failure to connect to the cluster. An unreachable or unhealthy server may recover by itself; a refused credential
 * does not.
 */
export function connectionFailed({ about, reason, message }: ConnectionProblem): StepResult {
  return { state: 'failed', reason, message, mayPass: about !== 'Authorized' };
}

export function isStepResult(value: object): value is StepResult {
  return 'state' in value;
}
