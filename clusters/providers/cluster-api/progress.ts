/** How far Cluster API has come, from what its Cluster says, in plain words. Pure. */
import type { ClusterReason } from '../../../api/platform/reasons.ts';
import type { Goal } from '../goal.ts';
import { done, failed, type StatusPart, type StepResult } from '../provider.ts';
import type { CapiCondition, Counts, Observed } from './observed.ts';

/** Changes wake the controller up; this is for where nothing is watched. */
const AGAIN_MS = 5_000;

const wait = (reason: ClusterReason, message: string, status: StatusPart = {}): StepResult => ({
  state: 'waiting',
  reason,
  message,
  retryAfterMs: AGAIN_MS,
  status,
});

export function infrastructureProgress(observed: Observed): StepResult {
  if (observed.infrastructureReady) return done('its infrastructure is there');
  return (
    topologyProblem(observed) ??
    wait('InfrastructureCreating', `Cluster API makes its infrastructure${said(observed, 'InfrastructureReady')}`)
  );
}

/** Whether there is a control plane to talk to. That all of its members are there, UpToDate says. */
export function controlPlaneProgress(observed: Observed): StepResult {
  const status = countsIn(observed);
  if (observed.controlPlaneInitialized) return done('its control plane answers', status);
  return (
    topologyProblem(observed) ??
    wait(
      'ControlPlaneStarting',
      `the first member of its control plane starts${said(observed, 'ControlPlaneInitialized')}`,
      status,
    )
  );
}

/**
 * Whether all is as the goal says. Available alone would not do: it stays True throughout an upgrade. Every condition has
 * to be about the generation that was applied.
 */
export function upToDateProgress(observed: Observed, goal: Goal): StepResult {
  const status = countsIn(observed);
  if (observed.conditions === undefined) {
    return failed(
      'ClusterAPITooOld',
      'Cluster API does not tell what is up to date, as it does from 1.9 on: upgrade it',
    );
  }
  const problem = topologyProblem(observed);
  if (problem !== undefined) return { ...problem, status };
  const open = openConditions(observed);
  if (open !== undefined) return wait(open.reason, open.message, status);
  const short = shortOf(observed, goal);
  if (short !== undefined) return wait('MachinesChanging', short, status);
  return done(`all machines are ready and of ${goal.version ?? 'the wanted version'}`, {
    ...status,
    ...(goal.version === undefined ? {} : { version: goal.version }),
  });
}

/** What each condition has to be, and what is told while it is not. */
const WANTED: readonly {
  readonly type: string;
  readonly status: string;
  readonly reason: ClusterReason;
  readonly tell: string;
}[] = [
  {
    type: 'TopologyReconciled',
    status: 'True',
    reason: 'TopologyReconciling',
    tell: 'Cluster API takes over what is wanted',
  },
  { type: 'RollingOut', status: 'False', reason: 'RollingOut', tell: 'machines are replaced one after the other' },
  { type: 'ScalingUp', status: 'False', reason: 'ScalingUp', tell: 'machines are added' },
  { type: 'ScalingDown', status: 'False', reason: 'ScalingDown', tell: 'machines are removed' },
  {
    type: 'ControlPlaneMachinesUpToDate',
    status: 'True',
    reason: 'ControlPlaneUpdating',
    tell: 'members of the control plane are not up to date yet',
  },
  { type: 'WorkerMachinesUpToDate', status: 'True', reason: 'WorkersUpdating', tell: 'workers are not up to date yet' },
  { type: 'Available', status: 'True', reason: 'NotAvailable', tell: 'the cluster is not available yet' },
];

function openConditions({
  conditions = [],
  generation,
}: Observed): { readonly reason: ClusterReason; readonly message: string } | undefined {
  for (const { type, status, reason, tell } of WANTED) {
    const known = conditions.find((each) => each.type === type);
    if (known?.status !== status || known.observedGeneration < generation)
      return { reason, message: `${tell}${words(known)}` };
  }
  return undefined;
}

/** A status can be of the moment before the wish reached the machines: their numbers and versions tell. */
function shortOf({ controlPlane, workers }: Observed, goal: Goal): string | undefined {
  const wanted = goal.nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  return (
    lack('members of the control plane', controlPlane, goal.controlPlane.replicas, goal.version) ??
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
    return `of ${wanted} ${what}, ${replicas} are there, ${ready} are ready and ${upToDate} up to date`;
  }
  const other = versions.filter((each) => each !== version);
  return version === undefined || other.length === 0 ? undefined : `some ${what} still have ${other.join(', ')}`;
}

/** The reason of a wait for the ClusterClass, which may have more to say. */
export const CLASS_NOT_READY = 'ClassNotReady';

/** What somebody has to change. */
function topologyProblem({ conditions = [] }: Observed): StepResult | undefined {
  const topology = conditions.find(({ type }) => type === 'TopologyReconciled');
  if (topology === undefined) return undefined;
  const isFailed = topology.reason === 'ReconcileFailed';
  const kind = isFailed ? kindMissing(topology.message) : undefined;
  if (kind !== undefined) {
    const message = `the hub does not serve ${kind}, which its ClusterClass names: install the provider that has it (clusterctl init --infrastructure NAME)${words(topology)}`;
    return failed('KindNotServed', message);
  }
  // Newer versions (1.14 for one) tell it as a failure, of a class that was made a moment ago too.
  if (
    topology.reason === 'ClusterClassNotReconciled' ||
    (isFailed && topology.message.startsWith('ClusterClass is not successfully reconciled'))
  ) {
    return wait(CLASS_NOT_READY, `its ClusterClass is not ready${words(topology)}`);
  }
  return isFailed ? failed('TopologyFailed', `Cluster API can't make it so: ${topology.message}`) : undefined;
}

/** The two ways in which the client of Cluster API's managers says that a kind, or its whole version, is not served. */
function kindMissing(message: string): string | undefined {
  const [, kind, version] = /no matches for kind "([^"]+)" in (?:version|group) "([^"]+)"/.exec(message) ?? [];
  if (kind !== undefined && version !== undefined) return `${kind} of ${version}`;
  return /unable to retrieve the complete list of server APIs: (\S+): the server could not find the requested resource/.exec(
    message,
  )?.[1];
}

const DELETING: Readonly<Record<string, string>> = {
  WaitingForBeforeDeleteHook: 'a hook of Cluster API runs before the deletion',
  WaitingForWorkersDeletion: 'its workers are removed',
  WaitingForControlPlaneDeletion: 'its control plane is removed',
  WaitingForInfrastructureDeletion: 'its infrastructure is removed',
  InternalError: 'Cluster API meets an error while it removes it',
};

export function deletionProgress({ conditions = [] }: Observed): StepResult {
  const deleting = conditions.find(({ type }) => type === 'Deleting');
  const what = DELETING[deleting?.reason ?? ''] ?? 'Cluster API removes it';
  return wait('ClusterAPIDeleting', `${what}${words(deleting)}`);
}

/** Whether Cluster API has stopped, or taken up again, its work on the cluster. */
export function pauseProgress({ conditions, generation }: Observed): StepResult {
  const paused = conditions?.find(({ type }) => type === 'Paused');
  // Before 1.9 there is no such condition, and spec.paused is obeyed at once.
  if (conditions === undefined || (paused?.status === 'True' && paused.observedGeneration >= generation))
    return done('Cluster API leaves the cluster as it is');
  return wait('Pausing', 'Cluster API has not stopped its work yet');
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
