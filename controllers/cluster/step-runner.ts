/**
 * Runs the steps of a plan, one after the other, and keeps the condition of each: True when it is done, False with a
 * reason while it is not. A step that fails comes again after a time that grows with each failure of that step.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { StatusPart, Step, StepContext, StepResult } from '../../clusters/providers/provider.ts';
import { Backoff } from '../../runtime/cache/backoff.ts';
import { isConflict, messageOf } from '../../runtime/errors.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import { isHook, nextStep, type PlannedStep } from './action.ts';

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;
const WAIT_MS = 2_000;
/** What may pass by itself, a server that starts or a connection that broke, is taken for that this often in a row. */
const MAY_PASS = 2;

/** How often each step of each cluster failed in a row. Lost with the process: then it is simply tried at once. */
export class Attempts {
  readonly #failures = new Map<string, { readonly backoff: Backoff; count: number }>();

  /** Counts one more, and says in how many milliseconds the step is to be taken again. */
  delayOf(cluster: Cluster, condition: string): number {
    const key = keyOf(cluster, condition);
    const failures = this.#failures.get(key) ?? { backoff: new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS), count: 0 };
    failures.count += 1;
    this.#failures.set(key, failures);
    return Math.max(FIRST_RETRY_MS / 2, failures.backoff.next());
  }

  /** Whether the step has failed so seldom in a row that it may be chance. */
  mayBeChance(cluster: Cluster, condition: string): boolean {
    return (this.#failures.get(keyOf(cluster, condition))?.count ?? 0) < MAY_PASS;
  }

  done(cluster: Cluster, condition: string): void {
    this.#failures.delete(keyOf(cluster, condition));
  }

  forget({ metadata }: Cluster): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${metadata.uid ?? ''}/`)) this.#failures.delete(key);
  }
}

function keyOf({ metadata }: Cluster, condition: string): string {
  return `${metadata.uid ?? ''}/${condition}`;
}

/** How far the steps have come. */
export interface Progress {
  /** The conditions of all steps of the plan. */
  readonly conditions: readonly Condition[];
  readonly learned: StatusPart;
  /** The step that is under way, or that is not done; undefined when all are done. */
  readonly open: { readonly step: Step; readonly result: StepResult | undefined } | undefined;
}

export interface RunnerOptions {
  readonly context: StepContext;
  readonly planned: readonly PlannedStep[];
  readonly stepOf: (planned: PlannedStep) => Step;
  /** Take also the steps whose condition holds: to see that what was done is still so. */
  readonly verify: boolean;
  readonly now: () => number;
  readonly attempts: Attempts;
  /** Told before each step that is taken for the first time in its generation. */
  readonly tell: (progress: Progress) => Promise<void>;
}

/** Takes steps until one is not done, or all are, or the process is to stop. */
export async function runSteps(options: RunnerOptions): Promise<Progress> {
  const { context, planned, stepOf, verify, tell, attempts } = options;
  const generation = context.cluster.metadata.generation ?? 0;
  const names = new Set(planned.map(({ condition }) => condition));
  // Those of hooks tell what was done, also when the plan has none of them any more.
  let conditions = ((context.cluster.status?.conditions ?? []) as Condition[]).filter(
    ({ type }) => names.has(type) || isHook(type),
  );
  let learned: StatusPart = {};
  const left = [...planned];
  for (;;) {
    const next = verify ? left.shift() : nextStep(planned, conditions, generation);
    if (next === undefined) return { conditions, learned, open: undefined };
    const step = stepOf(next);
    if (isNews(conditions, next, generation)) await tell({ conditions, learned, open: { step, result: undefined } });
    if (context.signal.aborted) return { conditions, learned, open: { step, result: undefined } };
    const result = await resultOf(step, context, attempts);
    learned = { ...learned, ...result.status };
    conditions = setCondition(conditions, conditionOf(step, result, generation), new Date(options.now()).toISOString());
    if (result.state !== 'done') return { conditions, learned, open: { step, result } };
    attempts.done(context.cluster, step.condition);
  }
}

/** A step that is only looked at again, or tried again, is not announced: what it said stands until it says otherwise. */
function isNews(conditions: readonly Condition[], { condition }: PlannedStep, generation: number): boolean {
  return conditions.find(({ type }) => type === condition)?.observedGeneration !== generation;
}

/** What a step says; one that throws has failed. Throws what is to be tried again at once, and when the process is to stop. */
export async function resultOf(step: Step, context: StepContext, attempts: Attempts): Promise<StepResult> {
  const result = await outcomeOf(step, context);
  if (result.state !== 'failed' || result.mayPass !== true) return result;
  return { ...result, mayPass: attempts.mayBeChance(context.cluster, step.condition) };
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

function conditionOf(
  step: Step,
  result: StepResult,
  observedGeneration: number,
): Omit<Condition, 'lastTransitionTime'> {
  const type = step.condition;
  if (result.state === 'done')
    return { type, status: 'True', reason: 'Done', message: result.message, observedGeneration };
  return { type, status: 'False', reason: result.reason, message: result.message, observedGeneration };
}

/** When the open step is to be taken again, in milliseconds. */
export function retryAfterMs(
  cluster: Cluster,
  { step, result }: NonNullable<Progress['open']>,
  attempts: Attempts,
): number {
  if (result?.state === 'failed') return attempts.delayOf(cluster, step.condition);
  attempts.done(cluster, step.condition);
  return result?.state === 'waiting' ? (result.retryAfterMs ?? WAIT_MS) : 0;
}
