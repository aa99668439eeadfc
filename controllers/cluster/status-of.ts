/** What the controller says of a cluster in its status. Pure. */
import type { ActionType, ClusterPhase } from '../../api/platform/cluster-status.ts';
import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import type { Goal, Kept } from '../../providers/goal.ts';
import type { StatusPart } from '../../providers/provider.ts';
import { type Condition, setCondition } from '../../runtime/conditions.ts';
import type { Action } from './plan.ts';

/** The conditions of the health controller: this one reads them and leaves them alone. */
export const HEALTH_CONDITIONS = ['Reachable', 'Healthy', 'Authorized'];

/** How the work for a cluster stands. */
export type Standing =
  /** Nothing to be done: it is what it should be. */
  | { readonly state: 'ready' }
  /** On its way. */
  | { readonly state: 'working'; readonly reason: string; readonly message: string }
  /** Stopped by something that somebody has to change; it is tried again all the same. */
  | { readonly state: 'stalled'; readonly reason: string; readonly message: string }
  | { readonly state: 'paused' };

export interface StatusInput {
  readonly cluster: Cluster;
  readonly action: Action | undefined;
  readonly standing: Standing;
  /** The conditions of steps, as they are to be. */
  readonly steps: readonly Condition[];
  readonly learned: StatusPart;
  readonly kept: Kept | undefined;
  readonly ignoredFields: readonly string[];
  readonly goal: Goal | undefined;
  readonly nowIso: string;
}

/** The controller's part of the status, whole. */
export function statusOf(input: StatusInput): ClusterStatus {
  const { cluster, action, standing, learned, kept, ignoredFields, goal, nowIso } = input;
  const before = cluster.status ?? {};
  const { version, server, clusterID, kubeconfigSecret, controlPlane, workers, addresses } = { ...before, ...learned };
  const ready = readyOf(cluster, standing, action);
  return {
    phase: phaseOf(cluster, action, standing, goal),
    conditions: conditionsOf(input, ready),
    observedGeneration: cluster.metadata.generation ?? 0,
    reason: ready.reason,
    message: ready.message,
    lastAction: action === undefined ? (before.lastAction ?? undefined) : ended(action, standing, nowIso),
    fromPlan: kept === undefined ? undefined : { ...kept },
    ignoredFields: ignoredFields.length === 0 ? undefined : [...ignoredFields],
    version, server, clusterID, kubeconfigSecret, controlPlane, workers, addresses,
    clusterCIDR: goal?.type === 'Imported' ? undefined : goal?.clusterCIDR,
    serviceCIDR: goal?.type === 'Imported' ? undefined : goal?.serviceCIDR,
  };
}

function ended(action: Action, standing: Standing, nowIso: string): Action {
  const { finishedAt: _, description: __, ...open } = action;
  switch (standing.state) {
    case 'ready':
      return action.state === 'succeeded' ? action : { ...open, state: 'succeeded', finishedAt: nowIso };
    case 'stalled':
      return { ...open, state: 'failed', description: standing.message };
    case 'working':
      return { ...open, state: 'in progress', description: standing.message };
    case 'paused':
      return action;
  }
}

type Judged = Omit<Condition, 'lastTransitionTime'>;

function conditionsOf({ cluster, standing, steps, nowIso }: StatusInput, ready: Judged): Condition[] {
  const generation = cluster.metadata.generation ?? 0;
  const known = (cluster.status?.conditions ?? []) as Condition[];
  const own = known.filter(({ type }) => steps.some((step) => step.type === type) || SUMMARY.includes(type));
  const summary: Judged[] = [ready];
  // As kstatus reads them: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
  if (standing.state === 'working') summary.push({ type: 'Reconciling', status: 'True', reason: standing.reason, message: standing.message, observedGeneration: generation });
  if (standing.state === 'stalled') summary.push({ type: 'Stalled', status: 'True', reason: standing.reason, message: standing.message, observedGeneration: generation });
  if (standing.state === 'paused') summary.push({ type: 'Paused', status: 'True', reason: 'Paused', message: 'spec.paused is true: nothing is changed', observedGeneration: generation });
  const transient = new Set(['Reconciling', 'Stalled', 'Paused']);
  const kept = own.filter(({ type }) => !transient.has(type) || summary.some((each) => each.type === type));
  const withSteps = [...kept.filter(({ type }) => SUMMARY.includes(type)), ...steps];
  return summary.reduce((list, each) => setCondition(list, each, nowIso), withSteps as Condition[]);
}

const SUMMARY = ['Ready', 'Reconciling', 'Stalled', 'Paused'];

/** Ready: the cluster is what it should be, and answers. */
function readyOf(cluster: Cluster, standing: Standing, action: Action | undefined): Judged {
  const observedGeneration = cluster.metadata.generation ?? 0;
  const judged = (status: Condition['status'], reason: string, message: string): Judged => ({ type: 'Ready', status, reason, message, observedGeneration });
  if (standing.state === 'working' || standing.state === 'stalled') return judged('False', standing.reason, standing.message);
  if (standing.state === 'paused' && action?.state !== 'succeeded') return judged('False', 'Paused', 'spec.paused is true: nothing is changed');
  const ill = (cluster.status?.conditions ?? []).find(({ type, status }) => HEALTH_CONDITIONS.includes(type) && status === 'False');
  if (ill !== undefined) return judged('False', ill.reason, `${ill.type} is False: ${ill.message}`);
  return judged('True', 'Ready', 'the cluster is what it should be');
}

const PHASES: Readonly<Record<ActionType, ClusterPhase>> = {
  CREATE: 'Initializing', UPGRADE: 'Upgrading', RESIZE: 'Upscaling', UPDATE: 'Running', DELETE: 'Terminating',
};

/** In the words of the original. Failed is a cluster that could not be made; one that runs, runs on whatever fails. */
function phaseOf(cluster: Cluster, action: Action | undefined, standing: Standing, goal: Goal | undefined): ClusterPhase {
  const before = cluster.status?.phase ?? undefined;
  if (action === undefined) return before ?? 'Initializing';
  if (standing.state === 'paused') return before ?? 'Waiting';
  if (action.type === 'DELETE') return 'Terminating';
  if (standing.state === 'ready') return 'Running';
  if (action.type === 'CREATE' && standing.state === 'stalled') return 'Failed';
  if (action.type === 'RESIZE' && goal !== undefined && shrinks(cluster, goal)) return 'Downscaling';
  return PHASES[action.type];
}

function shrinks({ status }: Cluster, goal: Goal): boolean {
  const workers = goal.nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  return (status?.controlPlane?.desired ?? 0) > goal.controlPlane.replicas || (status?.workers?.desired ?? 0) > workers;
}
