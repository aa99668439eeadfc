/**
 * Runs steps in order until one is not done, and keeps the condition of each: True when it is done, else False with a
 * reason. A failed step is retried after a delay that grows with each failure of that step.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { StatusPart, Step, StepContext, StepResult } from '../../clusters/providers/provider.ts';
import { isConflict, messageOf } from '../../runtime/errors.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import { isHook, nextStep } from './action.ts';
import type { Attempts } from './attempts.ts';
import type { UntimedCondition } from './cluster-status.ts';

/** The delay before a waiting step runs again, if the step does not say. */
const WAIT_MS = 2_000;

export type UnfinishedResult = Exclude<StepResult, { state: 'done' }>;

/** The step that is not done. Without a result it has not run: it is about to, or the process is stopping. */
export interface OpenStep {
  readonly step: Step;
  readonly result: UnfinishedResult | undefined;
}

/** How far the steps have come. */
export interface Progress {
  /** The conditions of all steps, and of hooks that ran earlier. */
  readonly conditions: readonly Condition[];
  readonly learned: StatusPart;
  /** Undefined when all steps are done. */
  readonly open: OpenStep | undefined;
}

export interface RunnerOptions {
  readonly context: StepContext;
  readonly steps: readonly Step[];
  /** Also runs the steps whose condition is True, to find and repair drift. */
  readonly verify: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly attempts: Attempts;
  /**
   * Writes the progress before a step runs for the first time in its generation. It must be written first: the
   * conditions in the status are all that a restarted process knows.
   */
  readonly announce: (progress: Progress) => Promise<void>;
}

/** Runs steps until one is not done, or all are, or the process is stopping. */
export async function runSteps({ context, steps, verify, now, ...options }: RunnerOptions): Promise<Progress> {
  const { announce, attempts } = options;
  const generation = context.cluster.metadata.generation ?? 0;
  let conditions = conditionsOf(context.cluster, steps);
  let learned: StatusPart = {};
  const left = [...steps];
  for (;;) {
    const step = verify ? left.shift() : nextStep(steps, conditions, generation);
    if (step === undefined) return { conditions, learned, open: undefined };
    if (isFirstRun(conditions, step, generation))
      await announce({ conditions, learned, open: { step, result: undefined } });
    if (context.signal.aborted) return { conditions, learned, open: { step, result: undefined } };
    const result = await resultOf(step, context, attempts);
    learned = { ...learned, ...result.status };
    conditions = setCondition(conditions, conditionOf(step, result, generation), new Date(now()).toISOString());
    if (result.state !== 'done') return { conditions, learned, open: { step, result } };
    attempts.reset(context.cluster, step.condition);
  }
}

/** The known conditions of these steps. Those of hooks stay as a record, even if the spec no longer has the hook. */
function conditionsOf({ status }: Cluster, steps: readonly Step[]): Condition[] {
  const names = new Set(steps.map(({ condition }) => condition));
  return ((status?.conditions ?? []) as Condition[]).filter(({ type }) => names.has(type) || isHook(type));
}

/** A step that is verified or retried is not announced: its condition stays as it is until the result differs. */
function isFirstRun(conditions: readonly Condition[], { condition }: Step, generation: number): boolean {
  return conditions.find(({ type }) => type === condition)?.observedGeneration !== generation;
}

/**
 * The result of one run of a step; an error that it throws becomes a failure. Throws a conflict, which the controller
 * retries at once, and any error after the process was told to stop, which says nothing about the cluster.
 */
export async function resultOf(step: Step, context: StepContext, attempts: Attempts): Promise<StepResult> {
  const result = await outcomeOf(step, context);
  if (result.state !== 'failed' || result.mayPass !== true) return result;
  return { ...result, mayPass: attempts.mayBeTransient(context.cluster, step.condition) };
}

async function outcomeOf(step: Step, context: StepContext): Promise<StepResult> {
  try {
    return await step.run(context);
  } catch (error) {
    if (isConflict(error) || context.signal.aborted) throw error;
    context.log.error('step failed', { step: step.condition, error: messageOf(error) });
    return { state: 'failed', reason: 'StepFailed', message: `${step.doing}: ${messageOf(error)}`, mayPass: true };
  }
}

function conditionOf({ condition: type }: Step, result: StepResult, observedGeneration: number): UntimedCondition {
  if (result.state === 'done')
    return { type, status: 'True', reason: 'Done', message: result.message, observedGeneration };
  return { type, status: 'False', reason: result.reason, message: result.message, observedGeneration };
}

/** The delay before the open step runs again, in milliseconds. Counts a failure. */
export function retryAfterMs(cluster: Cluster, { step, result }: OpenStep, attempts: Attempts): number {
  if (result?.state === 'failed') return attempts.fail(cluster, step.condition);
  attempts.reset(cluster, step.condition);
  return result === undefined ? 0 : (result.retryAfterMs ?? WAIT_MS);
}
