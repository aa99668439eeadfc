/**
 * The condition PermissionsReviewed: how an upgrade changes permissions, reviewed before its first step. It informs.
 * The upgrade waits for a user only where an annotation of the Cluster asks for that.
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
import type { UntimedCondition } from './cluster-status.ts';

export const REVIEWED = 'PermissionsReviewed';

export interface Upgrade {
  readonly cluster: Cluster;
  readonly from: string;
  readonly to: string;
  /** Whether a step of this generation has run. From then on there is no new review, and nothing waits. */
  readonly hasBegun: boolean;
}

/** Reviews an upgrade. Errors give status Unknown: a failed review stops no upgrade. */
export type ReviewPermissions = (upgrade: Pick<Upgrade, 'cluster' | 'from' | 'to'>) => Promise<Judgement>;

/** The time limit of one request to the member cluster. */
const REQUEST_TIMEOUT_MS = 5_000;

/** A review that reads the Rules from the hub, and from the member cluster which APIs it serves. */
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
}): ReviewPermissions {
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
        message: `the permission review failed: ${messageOf(error)}`,
      };
    }
  };
}

/** Without a usable credential, each request of the review fails, and the review says so. */
async function withCluster<T>(
  hub: { client: Pick<Client, 'get'>; namespace: string; userAgent: string },
  cluster: Cluster,
  work: (get: Get) => Promise<T>,
): Promise<T> {
  const credential = await readCredential(hub.client, hub.namespace, cluster);
  if (isCredentialProblem(credential)) return work(() => Promise.reject(new Error(credential.message)));
  return withConnection(credential, hub.userAgent, (connection) =>
    work((path) => connection.get(path, REQUEST_TIMEOUT_MS)),
  );
}

/**
 * The condition of an upgrade. A review that was made stays once the upgrade has begun; undefined if there was none.
 */
export async function reviewCondition(
  { cluster, from, to, hasBegun }: Upgrade,
  review: ReviewPermissions,
): Promise<UntimedCondition | undefined> {
  const observedGeneration = cluster.metadata.generation ?? 0;
  if (!hasBegun) return { type: REVIEWED, ...(await review({ cluster, from, to })), observedGeneration };
  const known = ((cluster.status?.conditions ?? []) as readonly Condition[]).find(
    (condition) => condition.type === REVIEWED && condition.observedGeneration === observedGeneration,
  );
  if (known === undefined) return undefined;
  const { lastTransitionTime: _, ...condition } = known;
  return condition;
}

/** Why an upgrade waits for a user: its Cluster asks for a review, and no user has confirmed this version. */
export function waitsForReview(
  { cluster, to, hasBegun }: Upgrade,
  review: Pick<Condition, 'status' | 'message'> | undefined,
): Problem | undefined {
  const { annotations = {}, name } = cluster.metadata;
  if (hasBegun || review === undefined || review.status === 'True') return undefined;
  if (annotations[REVIEW_PERMISSIONS] !== 'required' || annotations[PERMISSIONS_REVIEWED] === to) return undefined;
  const command = `kubectl annotate --overwrite cls ${name} ${PERMISSIONS_REVIEWED}=${to}`;
  return {
    reason: 'ReviewRequired',
    message: `the upgrade to ${to} changes permissions, or may change them: read the condition ${REVIEWED}, then confirm with ${command}; ${review.message}`,
  };
}
