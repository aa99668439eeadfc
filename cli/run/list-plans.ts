/** Lists what is offered: plans, and Kubernetes versions. */
import { clusterPlans } from '../../api/platform/cluster-plan.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import type { HubCommandOptions } from '../commands/clusters.ts';
import { withHub } from '../hub.ts';
import { checkOutput, print } from '../output/print.ts';
import { table } from '../output/table.ts';

export async function listPlans(options: HubCommandOptions): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const found = await client.list(clusterPlans);
    const rows = found.map(({ metadata, spec }) => {
      const { replicas = 1, min, max } = spec.controlPlane ?? {};
      const bounds = min === undefined && max === undefined ? '' : ` (${min ?? 1} to ${max ?? 'any'})`;
      return [
        metadata.name,
        spec.provider,
        spec.version ?? (spec.channel === undefined ? '' : `newest of ${spec.channel}`),
        `${replicas}${bounds}`,
        spec.description ?? '',
      ];
    });
    print(options, found, () =>
      rows.length === 0 ? 'there are no plans' : table(['NAME', 'PROVIDER', 'VERSION', 'MEMBERS', 'DESCRIPTION'], rows),
    );
  });
}

export async function listReleases(options: HubCommandOptions): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const found = await client.list(clusterReleases);
    const rows = found.map(({ spec }) => [
      spec.version,
      spec.channel ?? '',
      spec.supportedUntil ?? '',
      spec.withdrawn === true ? 'withdrawn' : '',
      spec.upgrades?.join(', ') ?? '',
    ]);
    print(options, found, () =>
      rows.length === 0
        ? 'there are no releases: every version is offered that the provider knows'
        : table(['VERSION', 'CHANNEL', 'SUPPORTED UNTIL', '', 'UPGRADES TO'], rows),
    );
  });
}
