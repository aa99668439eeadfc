/**
 * What a provider is: how clusters of one type come to be. A provider names the steps that lead to a goal; the cluster
 * controller takes them one after the other, writes a condition for each, and comes back to the step that is not done.
 *
 * A step must be idempotent and resumable: it looks at what is there, does what is missing, and says how far that is.
 * It runs again after its process was killed in the middle, after the goal changed, and from time to time to see that
 * what was done is still so. It holds no state between runs.
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
  /** What the step is to bring about is so. `message` says what that is, for people. */
  | { readonly state: 'done'; readonly message: string; readonly status?: StatusPart }
  /** It is on its way: come again. `message` says what is waited for. */
  | {
      readonly state: 'waiting';
      readonly reason: ClusterReason;
      readonly message: string;
      readonly retryAfterMs?: number;
      readonly status?: StatusPart;
    }
  /** It can't be done as things are. `message` says what is wrong, where, and what to do about it. */
  | {
      readonly state: 'failed';
      readonly reason: ClusterReason;
      readonly message: string;
      readonly status?: StatusPart;
      /** It may be over in a moment, as a server that does not answer: nobody is called for help before it failed some times in a row. */
      readonly mayPass?: boolean;
    };

/** What a step learned of the cluster. */
export type StatusPart = Partial<
  Pick<
    ClusterStatus,
    'version' | 'server' | 'caBundle' | 'clusterID' | 'kubeconfigSecret' | 'controlPlane' | 'workers' | 'addresses'
  >
>;

export interface StepContext {
  readonly cluster: Cluster;
  /** What it should be; undefined in a removal, which may come when no goal can be found any more. */
  readonly goal: Goal | undefined;
  /** The hub. */
  readonly client: Client;
  /** The namespace of the installation, in which the Secrets of clusters are. */
  readonly namespace: string;
  readonly log: Logger;
  /** Aborts when the process is told to stop; a step ends soon then. */
  readonly signal: AbortSignal;
}

export interface Step {
  /** The type of its condition, which says what is so when it is done: `EtcdReady`. */
  readonly condition: string;
  /** What it does, for people: `starting etcd`. */
  readonly doing: string;
  run(context: StepContext): Promise<StepResult>;
}

export interface Provider {
  readonly type: ClusterType;
  /** Optional fields of the spec that it heeds, with all that is in them: `version`, `controlPlane.replicas`. The others are told of in the status. */
  readonly heeds: readonly string[];
  /** The steps that make the cluster what it should be: at its creation, and at every change after. */
  readonly steps: readonly Step[];
  /** The steps that stop it, with what it stores kept, for one whose spec.stopped is true. Absent where none can be stopped. */
  readonly stop?: readonly Step[];
  /** The steps that remove it, and everything that was made for it. */
  readonly removal: readonly Step[];
  /**
   * Has the engine behind the provider leave the cluster as it is, for one whose spec.paused is true: no step is taken of
   * it then. Done when it does; the steps have it take up its work again. Absent where nothing works beside the steps.
   */
  pause?(context: StepContext): Promise<StepResult>;
  /** What signs the certificates of the cluster's clients, where the provider has that key. */
  clientAuthority?(context: Pick<StepContext, 'cluster' | 'client' | 'namespace'>): Promise<Authority | undefined>;
  /** How often all steps of a finished cluster are taken again, in milliseconds. */
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

/** What stands between us and a cluster: that it can't be reached, or is not well, may pass; what it thinks of our credential does not. */
export function connectionFailed({ about, reason, message }: ConnectionProblem): StepResult {
  return { state: 'failed', reason, message, mayPass: about !== 'Authorized' };
}
