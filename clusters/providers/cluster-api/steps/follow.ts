/** Steps that change nothing, and only follow the progress of Cluster API. */
import { failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { classProblem } from '../class-problem.ts';
import type { Observed } from '../observed.ts';
import { ownIn, type Place, placeOf } from '../place.ts';
import { CLASS_NOT_READY } from '../progress.ts';
import { NOT_SERVED, readClass } from './ensure-class.ts';

const RETRY_MS = 5_000;

/** Returns the verdict of `judge` on the current Cluster object of Cluster API, or why there is nothing to judge. */
export async function follow(
  context: StepContext,
  judge: (observed: Observed, context: StepContext) => StepResult,
): Promise<StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  const observed = ownIn(place, context.cluster);
  if (observed?.paused === true) return pausedByAnother(place);
  if (observed === undefined) return clusterGone(place);
  const result = judge(observed, context);
  return result.state === 'waiting' && result.reason === CLASS_NOT_READY
    ? ((await problemOfClass(context, place)) ?? result)
    : result;
}

/** Explains why the class is not ready. The Cluster object says only that it is not. */
async function problemOfClass(context: StepContext, place: Place): Promise<StepResult | undefined> {
  const found = await readClass(context, place);
  return found === undefined ? undefined : classProblem(found);
}

export function clusterGone({ namespace, name }: Place): StepResult {
  return failed(
    'ClusterGone',
    `the Cluster ${namespace}/${name} of Cluster API is gone: the next run of all steps creates it again`,
  );
}

/** Waits for the end of a pause by someone else. A pause by this controller ends before the steps run. */
export function pausedByAnother({ namespace, name }: Place): StepResult {
  return waiting(
    'PausedInClusterAPI',
    `the Cluster ${namespace}/${name} of Cluster API is paused, and not by this controller: nothing happens until its spec.paused is false`,
    RETRY_MS,
  );
}
