/** Shows one cluster, step by step. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { HubCommandOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';
import { checkOutput, print } from '../output/print.ts';
import { table } from '../output/table.ts';

export async function showCluster(name: string, options: HubCommandOptions): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const cluster = await client.get(clusters, { name });
    if (cluster === undefined) throw new InputError(`there is no cluster ${name}`);
    print(options, cluster, () => textOf(cluster));
  });
}

function textOf({ metadata, spec, status }: Cluster): string {
  const { version, server, phase, lastAction, controlPlane, conditions, ignoredFields } = status ?? {};
  const facts: [string, string | undefined | null][] = [
    ['Name', metadata.name],
    ['Tenant', spec.tenantID],
    ['Type', spec.type],
    ['Plan', spec.plan],
    ['Version', version],
    ['API', server],
    ['Phase', phase],
    [
      'Members',
      controlPlane === undefined || controlPlane === null
        ? undefined
        : `${controlPlane.ready} of ${controlPlane.desired} ready, ${controlPlane.upToDate} up to date`,
    ],
    [
      'Last action',
      lastAction === undefined || lastAction === null
        ? undefined
        : `${lastAction.type} ${lastAction.state}${lastAction.description === undefined ? '' : `: ${lastAction.description}`}`,
    ],
    ['Not heeded', ignoredFields?.join(', ')],
  ];
  const lines = facts
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([what, value]) => `${`${what}:`.padEnd(13)}${value ?? ''}`);
  const rows = (conditions ?? []).map((each) => [each.type, each.status, each.message]);
  return [...lines, '', table(['CONDITION', 'STATUS', 'MESSAGE'], rows)].join('\n');
}
