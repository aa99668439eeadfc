/** Upgrades a cluster, and says before what is done and what that does to permissions: on stderr, so that stdout stays the object. */
import { rules } from '../../api/auth/rule.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { upgradePlan } from '../../authorization/upgrade-review/plan-text.ts';
import { reviewUpgrade } from '../../authorization/upgrade-review/review-upgrade.ts';
import { reportText } from '../../authorization/upgrade-review/text.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError, messageOf } from '../../runtime/errors.ts';
import type { ChangeOptions } from '../commands/clusters.ts';
import { changeCluster } from './change-cluster.ts';

export async function upgradeCluster(name: string, version: string, options: ChangeOptions): Promise<void> {
  await changeCluster(name, { version }, options, async (client, cluster) =>
    console.error(await announcement(client, cluster, version)),
  );
}

async function announcement(client: Client, cluster: Cluster, to: string): Promise<string> {
  const { lines, from } = upgradePlan(cluster, to);
  if (from === undefined) return lines.join('\n');
  return [...lines, '', await permissionsText(client, { cluster: cluster.metadata.name, from, to })].join('\n');
}

/** The controller asks the cluster itself, too: what it finds stands in the condition PermissionsReviewed. */
async function permissionsText(
  client: Client,
  upgrade: { readonly cluster: string; readonly from: string; readonly to: string },
): Promise<string> {
  try {
    const found = await reviewUpgrade({ ...upgrade, rules: await client.list(rules), nowMs: Date.now() });
    return 'unknown' in found
      ? `What it does to permissions can't be told: ${found.unknown}\n`
      : [reportText(found.report), ...found.notes.map((note) => `(${note})\n`)].join('');
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
    return `What it does to permissions can't be told: ${messageOf(error)}\nkubectl steward cluster ${upgrade.cluster} shows it once the upgrade is asked for: PermissionsReviewed.\n`;
  }
}
