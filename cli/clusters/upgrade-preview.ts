/** What an upgrade would do, before it is asked for: the steps, and the permissions that change. */
import { rules } from '../../api/auth/rule.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { upgradePlan } from '../../authorization/upgrade-review/plan-text.ts';
import { reviewUpgrade } from '../../authorization/upgrade-review/review-upgrade.ts';
import { reportText } from '../../authorization/upgrade-review/text.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError, messageOf } from '../../runtime/errors.ts';

/** Text for people, several lines. `to` is the new Kubernetes version. */
export async function upgradePreview(client: Client, cluster: Cluster, to: string): Promise<string> {
  const { lines, from } = upgradePlan(cluster, to);
  if (from === undefined) return lines.join('\n');
  return [...lines, '', await permissionsText(client, { cluster: cluster.metadata.name, from, to })].join('\n');
}

/** The controller's own review also asks the cluster; its result is the condition PermissionsReviewed. */
async function permissionsText(
  client: Client,
  upgrade: { readonly cluster: string; readonly from: string; readonly to: string },
): Promise<string> {
  try {
    const review = await reviewUpgrade({ ...upgrade, rules: await client.list(rules), nowMs: Date.now() });
    return 'unknown' in review
      ? `The effect on permissions is unknown: ${review.unknown}\n`
      : [reportText(review.report), ...review.notes.map((note) => `(${note})\n`)].join('');
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    return `The effect on permissions is unknown: ${messageOf(error)}\nAfter the upgrade is requested, the condition PermissionsReviewed shows it: kubectl steward cluster ${upgrade.cluster}\n`;
  }
}
