/** `cluster`: one cluster with its conditions. */
import type { Command } from 'commander';
import type { Cluster } from '../../api/platform/cluster.ts';
import { type ReadOptions, readOptions } from '../options.ts';
import { print } from '../output/print.ts';
import { table } from '../output/table.ts';

const LABEL_WIDTH = 17;

export function addCluster(program: Command): void {
  const command = program
    .command('cluster')
    .summary('show one cluster and its conditions')
    .description('Shows one cluster and its conditions, one for each step.')
    .argument('<name>', 'the name of the cluster');
  readOptions(command).action(showCluster);
}

async function showCluster(name: string, options: ReadOptions): Promise<void> {
  const { clusterNamed } = await import('../clusters/find.ts');
  const { withHub } = await import('../hub.ts');
  await withHub(options, async (client) => {
    const cluster = await clusterNamed(client, name);
    await print(options, cluster, () => textOf(cluster));
  });
}

function textOf(cluster: Cluster): string {
  const lines = factsOf(cluster)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([label, value]) => `${`${label}:`.padEnd(LABEL_WIDTH)}${value ?? ''}`);
  const rows = (cluster.status?.conditions ?? []).map((each) => [each.type, each.status, each.message]);
  return [...lines, '', table(['CONDITION', 'STATUS', 'MESSAGE'], rows)].join('\n');
}

type Fact = readonly [label: string, value: string | undefined | null];

function factsOf({ metadata, spec, status }: Cluster): Fact[] {
  const { version, server, phase, lastAction, controlPlane, ignoredFields } = status ?? {};
  return [
    ['Name', metadata.name],
    ['Tenant', spec.tenantID],
    ['Type', spec.type],
    ['Plan', spec.plan],
    ['Version', version],
    ['API', server],
    ['Phase', phase],
    ['Control plane', controlPlane && replicasText(controlPlane)],
    ['Last action', lastAction && actionText(lastAction)],
    ['Ignored fields', ignoredFields?.join(', ')],
  ];
}

type Status = NonNullable<Cluster['status']>;

function replicasText({ ready, desired, upToDate }: NonNullable<Status['controlPlane']>): string {
  return `${ready} of ${desired} replicas ready, ${upToDate} up to date`;
}

function actionText({ type, state, description }: NonNullable<Status['lastAction']>): string {
  return `${type} ${state}${description === undefined ? '' : `: ${description}`}`;
}
