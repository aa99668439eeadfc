/** Judges the progress of Cluster API from the status of its Cluster object. Pure. */
import type { ClusterReason } from '../../../api/platform/reasons.ts';
import type { Goal } from '../goal.ts';
import { done, failed, type StatusPart, type StepResult } from '../provider.ts';
import type { CapiCondition, Counts, Observed } from './observed.ts';

/** A watch reports changes earlier. This is for hubs where the controller cannot watch. */
const RETRY_MS = 5_000;

const wait = (reason: ClusterReason, message: string, status: StatusPart = {}): StepResult => ({
  state: 'waiting',
  reason,
  message,
  retryAfterMs: RETRY_MS,
  status,
});

export function infrastructureProgress(observed: Observed): StepResult {
  if (observed.infrastructureReady) return done('the infrastructure is ready');
  return (
    topologyProblem(observed) ??
    wait('InfrastructureCreating', `Cluster API is creating the infrastructure${said(observed, 'InfrastructureReady')}`)
  );
}

/** Done when the control plane answers. Whether all of its replicas are ready is the question of UpToDate. */
export function controlPlaneProgress(observed: Observed): StepResult {
  const status = countsIn(observed);
  if (observed.controlPlaneInitialized) return done('the control plane answers', status);
  return (
    topologyProblem(observed) ??
    wait(
      'ControlPlaneStarting',
      `the first control plane replica is starting${said(observed, 'ControlPlaneInitialized')}`,
      status,
    )
  );
}

/**
 * Done when the cluster matches the goal. The condition Available is not enough: it stays True throughout an upgrade.
 * Every condition must be about the generation that was applied.
 */
export function upToDateProgress(observed: Observed, goal: Goal): StepResult {
  const status = countsIn(observed);
  if (observed.conditions === undefined) {
    return failed(
      'ClusterAPITooOld',
      'this version of Cluster API does not report what is up to date: upgrade it to 1.9 or later',
    );
  }
  const problem = topologyProblem(observed);
  if (problem !== undefined) return { ...problem, status };
  const open = openConditions(observed);
  if (open !== undefined) return wait(open.reason, open.message, status);
  const short = shortOf(observed, goal);
  if (short !== undefined) return wait('MachinesChanging', short, status);
  return done(`all machines are ready and have ${goal.version ?? 'the desired version'}`, {
    ...status,
    ...(goal.version === undefined ? {} : { version: goal.version }),
  });
}

/** The status that each condition must have, and the message while it does not. */
const WANTED: readonly {
  readonly type: string;
  readonly status: string;
  readonly reason: ClusterReason;
  readonly message: string;
}[] = [
  {
    type: 'TopologyReconciled',
    status: 'True',
    reason: 'TopologyReconciling',
    message: 'Cluster API is applying the changes',
  },
  { type: 'RollingOut', status: 'False', reason: 'RollingOut', message: 'machines are being replaced one by one' },
  { type: 'ScalingUp', status: 'False', reason: 'ScalingUp', message: 'machines are being added' },
  { type: 'ScalingDown', status: 'False', reason: 'ScalingDown', message: 'machines are being removed' },
  {
    type: 'ControlPlaneMachinesUpToDate',
    status: 'True',
    reason: 'ControlPlaneUpdating',
    message: 'some control plane replicas are not up to date yet',
  },
  {
    type: 'WorkerMachinesUpToDate',
    status: 'True',
    reason: 'WorkersUpdating',
    message: 'some workers are not up to date yet',
  },
  { type: 'Available', status: 'True', reason: 'NotAvailable', message: 'the cluster is not available yet' },
];

function openConditions({
  conditions = [],
  generation,
}: Observed): { readonly reason: ClusterReason; readonly message: string } | undefined {
  for (const { type, status, reason, message } of WANTED) {
    const known = conditions.find((each) => each.type === type);
    if (known?.status !== status || known.observedGeneration < generation)
      return { reason, message: `${message}${words(known)}` };
  }
  return undefined;
}

/** The conditions may still describe the machines before the change, so their numbers and versions are compared too. */
function shortOf({ controlPlane, workers }: Observed, goal: Goal): string | undefined {
  const wanted = goal.nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  return (
    lack('control plane replicas', controlPlane, goal.controlPlane.replicas, goal.version) ??
    lack('workers', workers, wanted, goal.version)
  );
}

function lack(
  what: string,
  counts: Counts | undefined,
  wanted: number,
  version: string | undefined,
): string | undefined {
  const { desired, replicas, ready, upToDate, versions } = counts ?? {
    desired: 0,
    replicas: 0,
    ready: 0,
    upToDate: 0,
    versions: [],
  };
  if ([desired, replicas, ready, upToDate].some((each) => each !== wanted)) {
    return `${wanted} ${what} are desired; ${replicas} exist, ${ready} are ready, and ${upToDate} are up to date`;
  }
  const other = versions.filter((each) => each !== version);
  return version === undefined || other.length === 0
    ? undefined
    : `some ${what} still have version ${other.join(', ')}`;
}

/** The reason while a step waits for the ClusterClass, whose own status may say more. */
export const CLASS_NOT_READY = 'ClassNotReady';

/** A problem that a user has to solve, or a wait for the ClusterClass. */
function topologyProblem({ conditions = [] }: Observed): StepResult | undefined {
  const topology = conditions.find(({ type }) => type === 'TopologyReconciled');
  if (topology === undefined) return undefined;
  const isFailed = topology.reason === 'ReconcileFailed';
  const kind = isFailed ? kindMissing(topology.message) : undefined;
  if (kind !== undefined) {
    const message = `the hub does not serve ${kind}, which the ClusterClass uses: install its provider (clusterctl init --infrastructure NAME)${words(topology)}`;
    return failed('KindNotServed', message);
  }
  // Newer versions, such as 1.14, report this as a failure, even for a class that was created a moment ago.
  if (
    topology.reason === 'ClusterClassNotReconciled' ||
    (isFailed && topology.message.startsWith('ClusterClass is not successfully reconciled'))
  ) {
    return wait(CLASS_NOT_READY, `the ClusterClass is not ready${words(topology)}`);
  }
  return isFailed ? failed('TopologyFailed', `Cluster API cannot apply the changes: ${topology.message}`) : undefined;
}

/**
 * The kind in the two messages with which Cluster API's managers report that a kind, or its whole version, is not
 * served.
 */
function kindMissing(message: string): string | undefined {
  const [, kind, version] = /no matches for kind "([^"]+)" in (?:version|group) "([^"]+)"/.exec(message) ?? [];
  if (kind !== undefined && version !== undefined) return `${kind} of ${version}`;
  return /unable to retrieve the complete list of server APIs: (\S+): the server could not find the requested resource/.exec(
    message,
  )?.[1];
}

const DELETING: Readonly<Record<string, string>> = {
  WaitingForBeforeDeleteHook: 'a hook of Cluster API is running before the deletion',
  WaitingForWorkersDeletion: 'the workers are being removed',
  WaitingForControlPlaneDeletion: 'the control plane is being removed',
  WaitingForInfrastructureDeletion: 'the infrastructure is being removed',
  InternalError: 'Cluster API failed to remove the cluster, and retries',
};

export function deletionProgress({ conditions = [] }: Observed): StepResult {
  const deleting = conditions.find(({ type }) => type === 'Deleting');
  const what = DELETING[deleting?.reason ?? ''] ?? 'Cluster API is removing the cluster';
  return wait('ClusterAPIDeleting', `${what}${words(deleting)}`);
}

/** Done when Cluster API has paused its work on the cluster. */
export function pauseProgress({ conditions, generation }: Observed): StepResult {
  const paused = conditions?.find(({ type }) => type === 'Paused');
  // Versions before 1.9 have no such condition, and obey spec.paused at once.
  if (conditions === undefined || (paused?.status === 'True' && paused.observedGeneration >= generation))
    return done('Cluster API has paused its work');
  return wait('Pausing', 'Cluster API has not paused its work yet');
}

function said({ conditions = [] }: Observed, type: string): string {
  return words(conditions.find((each) => each.type === type));
}

function words(condition: CapiCondition | undefined): string {
  const text = (condition?.message ?? '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/^\* /, '')
    .trim();
  return text === '' ? '' : `: ${text}`;
}

function countsIn({ controlPlane, workers }: Observed): StatusPart {
  return { ...partOf('controlPlane', controlPlane), ...partOf('workers', workers) };
}

function partOf(name: 'controlPlane' | 'workers', counts: Counts | undefined): StatusPart {
  return counts === undefined
    ? {}
    : { [name]: { desired: counts.desired, ready: counts.ready, upToDate: counts.upToDate } };
}
