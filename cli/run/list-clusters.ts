/** Lists the clusters. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { HubCommandOptions } from '../commands/clusters.ts';
import { withHub } from '../hub.ts';
import { checkOutput, print } from '../output/print.ts';
import { table } from '../output/table.ts';

export async function listClusters(options: HubCommandOptions): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const found = await client.list(clusters);
    print(options, found, () =>
      found.length === 0
        ? 'there are no clusters'
        : table(['NAME', 'TENANT', 'TYPE', 'VERSION', 'MEMBERS', 'PHASE', 'READY'], found.map(rowOf)),
    );
  });
}

function rowOf({ metadata, spec, status }: Cluster): string[] {
  const { version, controlPlane, phase, conditions } = status ?? {};
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const told = ready?.status === 'True' ? 'yes' : `no: ${ready?.message ?? 'nobody has looked at it yet'}`;
  return [metadata.name, spec.tenantID, spec.type, textOf(version), textOf(controlPlane?.ready), textOf(phase), told];
}

function textOf(value: string | number | null | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
