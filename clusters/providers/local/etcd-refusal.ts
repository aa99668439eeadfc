/**
 * A change of its members that etcd refuses for now: while the one before is not known to all for five seconds, while a
 * learner has not learned everything, and while a majority would be lost.
 */
import type { ClusterReason } from '../../../api/platform/reasons.ts';
import { type StepResult, waiting } from '../provider.ts';
import { EtcdError } from './etcd.ts';

const SOON_MS = 500;

/** Undefined when etcd has made the change; `reason` is of what it is part of. */
export async function refusalOf(change: Promise<void>, reason: ClusterReason): Promise<StepResult | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return waiting(reason, error.message, SOON_MS);
  }
}
