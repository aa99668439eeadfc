/** What the controller says of a cluster in its status. Pure. */

import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import { type ActionType, type ClusterPhase, isHealthCondition } from '../../api/platform/cluster-status.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { Goal, PlanSnapshot } from '../../clusters/providers/goal.ts';
import type { StatusPart } from '../../clusters/providers/provider.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import type { Action } from './action.ts';

/** How the work for a cluster stands. */
export type Standing =
  /** Nothing to be done: it is what it should be. */
  | { readonly state: 'ready' }
  /** On its way. */
  | { readonly state: 'working'; readonly reason: ClusterReason; readonly message: string }
  /** Stopped by something that somebody has to change; it is tried again all the same. */
  | { readonly state: 'stalled'; readonly reason: ClusterReason; readonly message: string }
  /** `pausing` says what of its engine is still at work. */
  | { readonly state: 'paused'; readonly pausing?: { readonly reason: ClusterReason; readonly message: string } };

export interface StatusInput {
  readonly cluster: Cluster;
  readonly action: Action | undefined;
  readonly standing: Standing;
  /** The conditions of steps, as they are to be. */
  readonly steps: readonly Condition[];
  readonly learned: StatusPart;
  readonly kept: PlanSnapshot | undefined;
  readonly ignoredFields: readonly string[];
  readonly goal: Goal | undefined;
  /** What an upgrade does to permissions. */
  readonly review: Judged | undefined;
  readonly nowIso: string;
}

/** The controller's part of the status, whole. */
export function statusOf(input: StatusInput): ClusterStatus {
  const { cluster, action, standing, kept, ignoredFields, goal, nowIso } = input;
  const ready = readyOf(cluster, standing, action);
  return {
    phase: phaseOf(cluster, action, standing, goal),
    conditions: conditionsOf(input, ready),
    observedGeneration: cluster.metadata.generation ?? 0,
    reason: ready.reason,
    message: cut(ready.message),
    lastAction: action === undefined ? cluster.status?.lastAction : advanced(action, standing, nowIso),
    fromPlan: keptBy(cluster, kept, action),
    ignoredFields: ignoredFields.length === 0 ? undefined : [...ignoredFields],
    ...known(input),
    ...networksOf(cluster, goal),
  };
}

/** What was learned of the cluster, now or before. */
function known({ cluster, learned }: StatusInput): StatusPart {
  const { version, server, caBundle, clusterID, kubeconfigSecret, controlPlane, workers, addresses } = {
    ...cluster.status,
    ...learned,
  };
  return { version, server, caBundle, clusterID, kubeconfigSecret, controlPlane, workers, addresses };
}

/** A plan is kept from the first action on: before, it may still be put right. */
function keptBy(
  { status }: Cluster,
  kept: PlanSnapshot | undefined,
  action: Action | undefined,
): ClusterStatus['fromPlan'] {
  return kept === undefined || action === undefined ? status?.fromPlan : { ...kept };
}

function networksOf(
  { spec, status }: Cluster,
  goal: Goal | undefined,
): Pick<ClusterStatus, 'clusterCIDR' | 'serviceCIDR'> {
  if (spec.type === 'Imported') return {};
  const { clusterCIDR, serviceCIDR } = goal ?? status ?? {};
  return { clusterCIDR, serviceCIDR };
}

/** What was finished stays finished: that it is found otherwise later is a matter of Ready. */
function advanced(action: Action, standing: Standing, nowIso: string): Action {
  const { finishedAt: _, description: __, ...open } = action;
  if (standing.state === 'paused' || action.state === 'succeeded') return action;
  if (standing.state === 'ready') return { ...open, state: 'succeeded', finishedAt: nowIso };
  return {
    ...open,
    state: standing.state === 'stalled' ? 'failed' : 'in progress',
    description: cut(standing.message),
  };
}

const MAX_MESSAGE = 1_000;

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message;
}

export type Judged = Omit<Condition, 'lastTransitionTime'>;

function conditionsOf({ cluster, standing, steps, review, nowIso }: StatusInput, ready: Judged): Condition[] {
  const before: readonly Condition[] = cluster.status?.conditions ?? [];
  const summary = [
    ready,
    ...transientOf(standing, cluster.metadata.generation ?? 0),
    ...(review === undefined ? [] : [review]),
  ];
  // Of the summary, what does not hold any more goes; time and order of what stays are its own.
  const stays = before.filter(({ type }) => summary.some((each) => each.type === type));
  return summary.reduce((list, each) => setCondition(list, each, nowIso), [...stays, ...steps]);
}

/** As kstatus reads them: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
function transientOf(standing: Standing, observedGeneration: number): Judged[] {
  if (standing.state === 'ready') return [];
  if (standing.state === 'paused') return [{ type: 'Paused', observedGeneration, ...pausedOf(standing) }];
  const type = standing.state === 'working' ? 'Reconciling' : 'Stalled';
  return [{ type, status: 'True', reason: standing.reason, message: standing.message, observedGeneration }];
}

const PAUSED = 'spec.paused is true: nothing is changed';

function pausedOf({ pausing }: Extract<Standing, { state: 'paused' }>): Pick<Judged, 'status' | 'reason' | 'message'> {
  return pausing === undefined
    ? { status: 'True', reason: 'Paused', message: PAUSED }
    : { status: 'False', ...pausing };
}

const STOPPED = 'spec.stopped is true: its processes are stopped, and what they store is kept';

/** Ready: the cluster is what it should be, and answers. */
function readyOf(cluster: Cluster, standing: Standing, action: Action | undefined): Judged {
  const observedGeneration = cluster.metadata.generation ?? 0;
  const judged = (status: Condition['status'], reason: ClusterReason, message: string): Judged => ({
    type: 'Ready',
    status,
    reason,
    message,
    observedGeneration,
  });
  if (standing.state === 'working' || standing.state === 'stalled')
    return judged('False', standing.reason, standing.message);
  if (standing.state === 'paused' && action?.state !== 'succeeded') return judged('False', 'Paused', PAUSED);
  if (action?.type === 'STOP') return judged('False', 'Stopped', STOPPED);
  const ill = illnessOf(cluster);
  if (ill !== undefined)
    return { ...judged('False', 'Unhealthy', `${ill.type} is False: ${ill.message}`), reason: ill.reason };
  return judged('True', 'Ready', 'the cluster is what it should be');
}

function illnessOf({ status }: Cluster): Condition | undefined {
  return ((status?.conditions ?? []) as readonly Condition[]).find(
    ({ type, status: holds }) => isHealthCondition(type) && holds === 'False',
  );
}

const PHASES: Readonly<Record<ActionType, ClusterPhase>> = {
  CREATE: 'Initializing',
  UPGRADE: 'Upgrading',
  RESIZE: 'Upscaling',
  UPDATE: 'Running',
  STOP: 'Idling',
  START: 'Recovering',
  DELETE: 'Terminating',
};

/** After these a cluster does not run. */
const ENDS: ReadonlySet<ActionType> = new Set(['STOP', 'DELETE']);

/** In the words of the original. Failed is a cluster that could not be made; one that runs, runs on whatever fails. */
function phaseOf(
  cluster: Cluster,
  action: Action | undefined,
  standing: Standing,
  goal: Goal | undefined,
): ClusterPhase {
  const before = cluster.status?.phase ?? undefined;
  if (action === undefined) return before ?? 'Initializing';
  if (standing.state === 'paused') return before ?? 'Waiting';
  if (ENDS.has(action.type)) return PHASES[action.type];
  if (standing.state === 'ready' || action.state === 'succeeded') return 'Running';
  return unfinishedPhase(cluster, action.type, standing, goal);
}

function unfinishedPhase(cluster: Cluster, type: ActionType, standing: Standing, goal: Goal | undefined): ClusterPhase {
  if (type === 'CREATE' && standing.state === 'stalled') return 'Failed';
  return type === 'RESIZE' && shrinks(cluster, goal) ? 'Downscaling' : PHASES[type];
}

function shrinks({ status, metadata }: Cluster, goal: Goal | undefined): boolean {
  // Once begun, what is left tells nothing any more.
  if (status?.phase === 'Downscaling' && status.lastAction?.generation === metadata.generation) return true;
  if (goal === undefined) return false;
  const workers = goal.nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  return isMore(status?.controlPlane, goal.controlPlane.replicas) || isMore(status?.workers, workers);
}

function isMore(known: { readonly desired: number } | null | undefined, wanted: number): boolean {
  return known !== null && known !== undefined && known.desired > wanted;
}
