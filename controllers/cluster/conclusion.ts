/** How one run ends: the state in the status, an event, and the time of the next run. */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ActionType } from '../../api/platform/cluster-status.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { StepResult } from '../../clusters/providers/provider.ts';
import type { Outcome, ReconcileContext } from '../../runtime/loop/controller.ts';
import type { Action } from './action.ts';
import type { Assessment } from './assess.ts';
import type { BlockedState, WorkState } from './cluster-status.ts';
import type { ClusterTools } from './cluster-tools.ts';
import type { StatusWriter } from './status-writer.ts';
import type { OpenStep, Progress } from './step-runner.ts';

/** One run for one cluster. */
export interface Run {
  readonly cluster: Cluster;
  readonly assessment: Assessment;
  readonly status: StatusWriter;
  readonly tools: ClusterTools;
  readonly context: ReconcileContext;
}

export interface ConclusionEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: ClusterReason;
  readonly message: string;
}

export interface Conclusion {
  /** Undefined leaves the status as it is. */
  readonly work?: WorkState;
  readonly progress?: Progress;
  readonly event?: ConclusionEvent | undefined;
  /** Undefined: the next run waits for a change. */
  readonly requeueAfterMs?: number;
}

/** A user has to change something, and the controller watches for it. The retry is a safety net for missed events. */
const STALLED_RETRY_MS = 60_000;
const WAITING_RETRY_MS = 5_000;
const PAUSING_RETRY_MS = 5_000;

/** The reason of Ready while an action is in progress. */
const REASON_OF_ACTION = {
  CREATE: 'Creating',
  UPGRADE: 'Upgrading',
  RESIZE: 'Resizing',
  UPDATE: 'Updating',
  STOP: 'Stopping',
  START: 'Starting',
  DELETE: 'Deleting',
} as const satisfies Record<ActionType, ClusterReason>;

/** No step may run. */
export function blockedConclusion(blocked: BlockedState): Conclusion {
  if (blocked.state === 'working') return { work: blocked, requeueAfterMs: WAITING_RETRY_MS };
  const { reason, message } = blocked;
  return { work: blocked, event: { type: 'Warning', reason, message }, requeueAfterMs: STALLED_RETRY_MS };
}

/** The cluster is paused. `result` says whether the engine behind its provider has stopped too. */
export function pausedConclusion(result: StepResult): Conclusion {
  if (result.state === 'done') return { work: { state: 'paused' } };
  const { reason, message } = result;
  return { work: { state: 'paused', pausing: { reason, message } }, requeueAfterMs: PAUSING_RETRY_MS };
}

/** A step is not done. */
export function openConclusion(progress: Progress, open: OpenStep, action: Action | undefined): Conclusion {
  const { result, step } = open;
  if (result === undefined) return { work: announcedState(step.doing, action), progress };
  const { reason, message } = result;
  if (result.state === 'waiting') return { work: { state: 'working', reason, message }, progress };
  return {
    work: { state: result.mayPass === true ? 'working' : 'stalled', reason, message },
    progress,
    event: { type: 'Warning', reason, message },
  };
}

/** The state while a step runs. */
export function announcedState(doing: string, action: Action | undefined): BlockedState {
  return { state: 'working', reason: REASON_OF_ACTION[action?.type ?? 'UPDATE'], message: `${doing} …` };
}

/**
 * Records the event and writes the status of a conclusion: the only write of a run besides the announcements of steps.
 */
export async function conclude(
  { cluster, status, tools }: Pick<Run, 'cluster' | 'status' | 'tools'>,
  { work, progress, event, requeueAfterMs }: Conclusion,
): Promise<Outcome> {
  if (event !== undefined) tools.events.record(cluster, event.type, event.reason, event.message);
  if (work !== undefined) await status.write(work, progress);
  return requeueAfterMs === undefined ? {} : { requeueAfterMs };
}
