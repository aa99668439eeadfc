/**
 * The condition PermissionsReviewed: what an upgrade does to permissions, judged before its first step. It informs; only
 * where an annotation of the Cluster asks for it does the upgrade wait until somebody has said that he looked.
 */
import { rules } from '../../api/auth/rule.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { PERMISSIONS_REVIEWED, REVIEW_PERMISSIONS } from '../../api/platform/labels.ts';
import type { Get } from '../../authorization/upgrade-review/discovery.ts';
import { type Judgement, judgementOf, reviewUpgrade } from '../../authorization/upgrade-review/review-upgrade.ts';
import { withConnection } from '../../clusters/connections/connection.ts';
import { isCredentialProblem } from '../../clusters/connections/credential.ts';
import { readCredential } from '../../clusters/connections/read-credential.ts';
import type { Problem } from '../../clusters/providers/goal.ts';
import type { Client } from '../../runtime/client/client.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Action } from './action.ts';

export const REVIEWED = 'PermissionsReviewed';

export interface UpgradeToReview {
  readonly cluster: Cluster;
  readonly from: string;
  readonly to: string;
}

/** Judges an upgrade. What keeps it from that is Unknown: no fault of a review stops an upgrade. */
export type Review = (upgrade: UpgradeToReview) => Promise<Judgement>;

const ANSWER_MS = 5_000;

/** Asks the hub for the Rules, and the cluster for what it serves. */
export function permissionReview({
  client,
  namespace,
  userAgent,
  now,
}: {
  client: Pick<Client, 'get' | 'list'>;
  namespace: string;
  userAgent: string;
  now: () => number;
}): Review {
  return async ({ cluster, from, to }) => {
    try {
      const found = await client.list(rules);
      return await withCluster({ client, namespace, userAgent }, cluster, async (get) =>
        judgementOf(
          await reviewUpgrade({ cluster: cluster.metadata.name, from, to, get, rules: found, nowMs: now() }),
          cluster.spec.tenantID,
        ),
      );
    } catch (error) {
      return {
        status: 'Unknown',
        reason: 'ReviewFailed',
        message: `what the upgrade does to permissions could not be found out: ${messageOf(error)}`,
      };
    }
  };
}

/** Without a credential there is nothing to ask with. */
async function withCluster<T>(
  hub: { client: Pick<Client, 'get'>; namespace: string; userAgent: string },
  cluster: Cluster,
  work: (get: Get) => Promise<T>,
): Promise<T> {
  const credential = await readCredential(hub.client, hub.namespace, cluster);
  if (isCredentialProblem(credential)) return work(() => Promise.reject(new Error(credential.message)));
  return withConnection(credential, hub.userAgent, (connection) => work((path) => connection.get(path, ANSWER_MS)));
}

export interface ReviewInput {
  readonly cluster: Cluster;
  readonly action: Action;
  /** The version that it is to have. */
  readonly to: string | undefined;
  /** Whether a step of this generation was taken: from then on nothing is reviewed anew, and nothing waits. */
  readonly begun: boolean;
}

/** The condition as it is to be; undefined when there is no upgrade. A review that is there stays once its upgrade began. */
export async function reviewOf(
  { cluster, action, to, begun }: ReviewInput,
  review: Review,
): Promise<Omit<Condition, 'lastTransitionTime'> | undefined> {
  if (action.type !== 'UPGRADE' || to === undefined) return undefined;
  const observedGeneration = cluster.metadata.generation ?? 0;
  const known = (cluster.status?.conditions ?? []).find(
    ({ type, observedGeneration: of }) => type === REVIEWED && of === observedGeneration,
  );
  if (begun && known !== undefined) {
    const { status, reason, message } = known;
    return { type: REVIEWED, status, reason, message, observedGeneration };
  }
  if (begun) return undefined;
  return { type: REVIEWED, ...(await review({ cluster, from: action.from ?? '', to })), observedGeneration };
}

/** What an upgrade waits for whose Cluster asks for a look before. */
export function waitsForReview(
  { cluster, to = '', begun }: ReviewInput,
  judged: Pick<Condition, 'status' | 'message'> | undefined,
): Problem | undefined {
  const { annotations = {}, name } = cluster.metadata;
  if (
    begun ||
    judged === undefined ||
    judged.status === 'True' ||
    annotations[REVIEW_PERMISSIONS] !== 'required' ||
    annotations[PERMISSIONS_REVIEWED] === to
  )
    return undefined;
  const command = `kubectl annotate --overwrite cls ${name} ${PERMISSIONS_REVIEWED}=${to}`;
  return {
    reason: 'ReviewRequired',
    message: `the upgrade to ${to} changes permissions, or may: look at ${REVIEWED}, and say so with ${command}; ${judged.message}`,
  };
}
