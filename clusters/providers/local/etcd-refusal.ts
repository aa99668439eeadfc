/**
 * Waits out changes of members that etcd refuses for now: while the members have been connected for less than five
 * seconds, while a learner has not caught up, and while a majority would be lost.
 */
import type { ClusterReason } from '../../../api/platform/reasons.ts';
import { type StepResult, waiting } from '../provider.ts';
import { EtcdError } from './etcd-client.ts';

const RETRY_MS = 500;

/** Returns undefined when etcd made the change, and a wait with `reason` when it refused. Throws other errors. */
export async function refusalOf(change: Promise<void>, reason: ClusterReason): Promise<StepResult | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return waiting(reason, `etcd refuses the change for now: ${error.message}`, RETRY_MS);
  }
}
