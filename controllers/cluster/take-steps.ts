/** Runs the steps of an assessment and concludes from how far they came. */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Goal } from '../../clusters/providers/goal.ts';
import type { Step, StepContext } from '../../clusters/providers/provider.ts';
import type { PlannedStep } from './action.ts';
import type { ClusterTools } from './cluster-tools.ts';
import { announcedState, type Conclusion, openConclusion, type Run } from './conclusion.ts';
import { hookStep } from './hooks.ts';
import { type OpenStep, type Progress, retryAfterMs, runSteps } from './step-runner.ts';

/** What a step gets to work with. `goal` is undefined in a removal and when the engine is paused. */
export function stepContext(
  { cluster, tools, context }: Pick<Run, 'cluster' | 'tools' | 'context'>,
  goal: Goal | undefined,
): StepContext {
  const { client, namespace } = tools;
  return { cluster, goal, client, namespace, log: context.log, signal: context.signal };
}

/** Runs the steps until one is not done, or all are. */
export function takeSteps(run: Run): Promise<Progress> {
  const { assessment, status, tools } = run;
  const { goal, steps, verify, action } = assessment;
  return runSteps({
    context: stepContext(run, goal),
    steps: steps.map(asStep),
    verify,
    now: tools.now,
    attempts: tools.attempts,
    announce: (progress) => status.write(announcedState(progress.open?.step.doing ?? 'working', action), progress),
  });
}

function asStep(planned: PlannedStep): Step {
  return 'hook' in planned ? hookStep(planned.hook) : planned.step;
}

/** The conclusion when a step is not done. Counts a failure of that step. */
export function unfinished({ cluster, assessment, tools }: Run, progress: Progress, open: OpenStep): Conclusion {
  const conclusion =
    assessment.verify && mayBeTransient(cluster, open, tools) ? {} : openConclusion(progress, open, assessment.action);
  return { ...conclusion, requeueAfterMs: retryAfterMs(cluster, open, tools.attempts) };
}

/** A Ready cluster becomes not Ready only after three consecutive failed checks. */
function mayBeTransient(cluster: Cluster, { step, result }: OpenStep, { attempts }: ClusterTools): boolean {
  const wasDone = (cluster.status?.conditions ?? []).some(
    ({ type, status }) => type === step.condition && status === 'True',
  );
  return result?.state === 'failed' && wasDone && attempts.mayBeTransient(cluster, step.condition);
}
