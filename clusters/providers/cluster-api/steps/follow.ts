/** Steps that only look: how far Cluster API has come. */
import { failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { classProblem } from '../class-problem.ts';
import type { Observed } from '../observed.ts';
import { ownIn, type Place, placeOf } from '../place.ts';
import { CLASS_NOT_READY } from '../progress.ts';
import { NOT_SERVED, readClass } from './ensure-class.ts';

/** The result of `judge` for the Cluster of Cluster API as it is now. */
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

/** Why the class does not become ready: its Cluster says only that it is not. */
async function problemOfClass(context: StepContext, place: Place): Promise<StepResult | undefined> {
  const found = await readClass(context, place);
  return found === undefined ? undefined : classProblem(found);
}

export function clusterGone({ namespace, name }: Place): StepResult {
  return failed(
    'ClusterGone',
    `the Cluster ${namespace}/${name} of Cluster API is gone: it is made again when all steps are next taken`,
  );
}

/** Our own pause ends before the steps. */
export function pausedByAnother({ namespace, name }: Place): StepResult {
  return waiting(
    'PausedInClusterAPI',
    `somebody has paused the Cluster ${namespace}/${name} of Cluster API (its spec.paused), which does nothing until that is ended`,
    5_000,
  );
}
