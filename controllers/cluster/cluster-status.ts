/** Builds the controller's part of a Cluster's status. Pure. */

import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import { type ActionType, type ClusterPhase, isHealthCondition } from '../../api/platform/cluster-status.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { Goal, PlanSnapshot } from '../../clusters/providers/goal.ts';
import type { StatusPart } from '../../clusters/providers/provider.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import { type Action, workersIn } from './action.ts';

/** How far the work on a cluster is. */
export type WorkState =
  /** Done: the cluster matches its spec. */
  | { readonly state: 'ready' }
  | BlockedState
  /** `pausing` says why the engine behind the provider has not stopped yet. */
  | { readonly state: 'paused'; readonly pausing?: { readonly reason: ClusterReason; readonly message: string } };

/** The work goes on by itself (working), or a user has to change something first (stalled); both are retried. */
export interface BlockedState {
  readonly state: 'working' | 'stalled';
  readonly reason: ClusterReason;
  readonly message: string;
}

export interface StatusInput {
  /** The cluster with its status as it was last written. */
  readonly cluster: Cluster;
  /** Undefined when no action begins: the last one stays. */
  readonly action: Action | undefined;
  readonly work: WorkState;
  /** The new conditions of all steps and hooks. */
  readonly steps: readonly Condition[];
  readonly learned: StatusPart;
  readonly plan: PlanSnapshot | undefined;
  readonly ignoredFields: readonly string[];
  readonly goal: Goal | undefined;
  /** The condition PermissionsReviewed, during and after an upgrade. */
  readonly review: UntimedCondition | undefined;
  /** ISO 8601. */
  readonly nowIso: string;
}

/** A condition before it is compared with the one in the status. */
export type UntimedCondition = Omit<Condition, 'lastTransitionTime'>;

/** The controller's whole part of the status. */
export function clusterStatus(input: StatusInput): ClusterStatus {
  const { cluster, action, work, ignoredFields, goal, nowIso } = input;
  const conditions = conditionsOf(input);
  // The condition has the message cut to the length that is allowed.
  const { reason, message } = conditions.find(({ type }) => type === 'Ready') ?? {};
  return {
    phase: phaseOf(input),
    conditions,
    observedGeneration: cluster.metadata.generation ?? 0,
    reason,
    message,
    lastAction: action === undefined ? cluster.status?.lastAction : advanced(action, work, { message, nowIso }),
    fromPlan: snapshotOf(input),
    ignoredFields: ignoredFields.length === 0 ? undefined : [...ignoredFields],
    ...learnedOf(input),
    ...networksOf(cluster, goal),
  };
}

/** What the steps learned about the cluster, now or earlier. */
function learnedOf({ cluster, learned }: StatusInput): StatusPart {
  const { version, server, caBundle, clusterID, kubeconfigSecret, controlPlane, workers, addresses } = {
    ...cluster.status,
    ...learned,
  };
  return { version, server, caBundle, clusterID, kubeconfigSecret, controlPlane, workers, addresses };
}

/** The cluster keeps the plan from its first action on. Until then the plan may still be corrected. */
function snapshotOf({ cluster, plan, action }: StatusInput): ClusterStatus['fromPlan'] {
  return plan === undefined || action === undefined ? cluster.status?.fromPlan : { ...plan };
}

function networksOf(
  { spec, status }: Cluster,
  goal: Goal | undefined,
): Pick<ClusterStatus, 'clusterCIDR' | 'serviceCIDR'> {
  if (spec.type === 'Imported') return {};
  const { clusterCIDR, serviceCIDR } = goal ?? status ?? {};
  return { clusterCIDR, serviceCIDR };
}

/** A finished action stays finished. Drift that is found later shows in Ready only. */
function advanced(
  action: Action,
  work: WorkState,
  { message, nowIso }: { readonly message: string | undefined; readonly nowIso: string },
): Action {
  const { finishedAt: _, description: __, ...open } = action;
  if (work.state === 'paused' || action.state === 'succeeded') return action;
  if (work.state === 'ready') return { ...open, state: 'succeeded', finishedAt: nowIso };
  return {
    ...open,
    state: work.state === 'stalled' ? 'failed' : 'in progress',
    ...(message === undefined ? {} : { description: message }),
  };
}

function conditionsOf({ cluster, work, action, steps, review, nowIso }: StatusInput): Condition[] {
  const before: readonly Condition[] = cluster.status?.conditions ?? [];
  const observedGeneration = cluster.metadata.generation ?? 0;
  const summary = [
    { type: 'Ready', observedGeneration, ...readyOf(cluster, work, action) },
    ...progressOf(work).map((condition) => ({ ...condition, observedGeneration })),
    ...(review === undefined ? [] : [review]),
  ];
  // A summary condition that no longer applies is dropped. One that stays keeps its transition time.
  const stays = before.filter(({ type }) => summary.some((each) => each.type === type));
  return summary.reduce((list, each) => setCondition(list, each, nowIso), [...stays, ...steps]);
}

/**
 * Reconciling and Stalled, as kstatus reads them:
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
function progressOf(work: WorkState): UntimedCondition[] {
  if (work.state === 'ready') return [];
  if (work.state === 'paused') return [{ type: 'Paused', ...pausedOf(work) }];
  const type = work.state === 'working' ? 'Reconciling' : 'Stalled';
  return [{ type, status: 'True', reason: work.reason, message: work.message }];
}

type ConditionContent = Pick<Condition, 'status' | 'reason' | 'message'>;

const is = (status: Condition['status'], reason: ClusterReason, message: string): ConditionContent => ({
  status,
  reason,
  message,
});

const PAUSED = 'spec.paused is true: Steward changes nothing';

function pausedOf({ pausing }: Extract<WorkState, { state: 'paused' }>): ConditionContent {
  return pausing === undefined ? is('True', 'Paused', PAUSED) : is('False', pausing.reason, pausing.message);
}

const STOPPED = 'spec.stopped is true: the processes are stopped, and their data is kept';

/** Ready: the cluster matches its spec, and no health condition is False. */
function readyOf(cluster: Cluster, work: WorkState, action: Action | undefined): ConditionContent {
  if (work.state === 'working' || work.state === 'stalled') return is('False', work.reason, work.message);
  if (work.state === 'paused' && action?.state !== 'succeeded') return is('False', 'Paused', PAUSED);
  if (action?.type === 'STOP') return is('False', 'Stopped', STOPPED);
  const failed = failedHealth(cluster);
  // The reason was registered where the health controller set it.
  if (failed !== undefined)
    return { status: 'False', reason: failed.reason, message: `${failed.type} is False: ${failed.message}` };
  return is('True', 'Ready', 'the cluster matches its spec');
}

function failedHealth({ status }: Cluster): Condition | undefined {
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

/** After these actions the cluster does not run. */
const ENDS: ReadonlySet<ActionType> = new Set(['STOP', 'DELETE']);

/**
 * The phase, in the words of the original API. Failed means that the cluster could not be created; a cluster that runs
 * stays Running whatever fails later.
 */
function phaseOf({ cluster, action, work, goal }: StatusInput): ClusterPhase {
  const before = cluster.status?.phase ?? undefined;
  if (action === undefined) return before ?? 'Initializing';
  if (work.state === 'paused') return before ?? 'Waiting';
  if (ENDS.has(action.type)) return PHASES[action.type];
  if (work.state === 'ready' || action.state === 'succeeded') return 'Running';
  return unfinishedPhase(action.type, work, shrinks(cluster, goal));
}

function unfinishedPhase(type: ActionType, { state }: WorkState, isShrinking: boolean): ClusterPhase {
  if (type === 'CREATE' && state === 'stalled') return 'Failed';
  return type === 'RESIZE' && isShrinking ? 'Downscaling' : PHASES[type];
}

function shrinks({ status, metadata }: Cluster, goal: Goal | undefined): boolean {
  // Once it has begun, the numbers that are left no longer tell the direction.
  if (status?.phase === 'Downscaling' && status.lastAction?.generation === metadata.generation) return true;
  if (goal === undefined) return false;
  return isMore(status?.controlPlane, goal.controlPlane.replicas) || isMore(status?.workers, workersIn(goal));
}

function isMore(known: { readonly desired: number } | null | undefined, wanted: number): boolean {
  return known !== null && known !== undefined && known.desired > wanted;
}
