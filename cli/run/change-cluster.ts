/** Creates and changes clusters: each is one object that is created, or one field that is set. */
import { type ClusterPlan, clusterPlans } from '../../api/platform/cluster-plan.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { type Client, apiVersionOf } from '../../runtime/client.ts';
import type { ChangeOptions, CreateOptions, ImportOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';
import { checkOutput, print } from '../output/print.ts';
import { askForMissing } from './ask-for-missing.ts';
import { untilDone } from './until-done.ts';

type Spec = Cluster['spec'];

export async function createCluster(given: string | undefined, options: CreateOptions): Promise<void> {
  checkOutput(options);
  const { name, externalHostname } = await askForMissing({ name: given, externalHostname: options.externalHostname });
  await withHub(options, async (client) => create(client, clusterOf(name, await specOf(client, { ...options, externalHostname })), options));
}

/** The type is that of the plan. */
async function specOf(client: Client, { tenant, plan, externalHostname, kubernetesVersion, members, numNodes }: Asked): Promise<Spec> {
  const found = await client.get(clusterPlans, { name: plan });
  if (found === undefined) throw new InputError(`there is no plan ${plan}; kubectl steward plans lists them`);
  return {
    tenantID: tenant, type: found.spec.provider, plan,
    ...(externalHostname === undefined ? {} : { publicAlternativeNames: [externalHostname] }),
    ...(kubernetesVersion === undefined ? {} : { version: kubernetesVersion }),
    ...(members === undefined ? {} : { controlPlane: { replicas: countOf(members) } }),
    ...(numNodes === undefined ? {} : { nodePools: [{ name: firstPoolOf(found), replicas: countOf(numNodes) }] }),
  };
}

type Asked = Omit<CreateOptions, 'externalHostname'> & { readonly externalHostname: string | undefined };

function firstPoolOf({ metadata, spec }: ClusterPlan): string {
  const [first] = spec.nodePools ?? [];
  if (first === undefined) throw new InputError(`--num-nodes: clusters of plan ${metadata.name} have no workers`);
  return first.name;
}

export async function importCluster(name: string, options: ImportOptions): Promise<void> {
  checkOutput(options);
  const { tenant, secret, server } = options;
  const cluster = clusterOf(name, { tenantID: tenant, type: 'Imported', kubeconfigSecret: secret, ...(server === undefined ? {} : { server }) });
  await withHub(options, (client) => create(client, cluster, options));
}

export async function resizeCluster(name: string, members: string, options: ChangeOptions): Promise<void> {
  await changeCluster(name, { controlPlane: { replicas: countOf(members) } }, options);
}

async function create(client: Client, cluster: Cluster, options: ChangeOptions): Promise<void> {
  if (options.dryRun === true) return print({ output: options.output ?? 'yaml' }, cluster, () => '');
  const created = await client.create(clusters, cluster);
  if (options.wait === true) await untilDone(client, created, (line) => console.error(line));
  print(options, created, () => `cluster ${created.metadata.name} ${options.wait === true ? 'is ready' : 'is created; kubectl steward cluster NAME shows how far it is'}`);
}

/** Sets fields of a cluster. `announce` is told of it before anything is done, also where nothing will be. */
export async function changeCluster(
  name: string, spec: Partial<Spec>, options: ChangeOptions, announce: (client: Client, cluster: Cluster) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const known = await client.get(clusters, { name });
    if (known === undefined) throw new InputError(`there is no cluster ${name}`);
    await announce(client, known);
    if (options.dryRun === true) return print({ output: options.output ?? 'yaml' }, clusterOf(name, { ...known.spec, ...spec }), () => '');
    const changed = await client.patch(clusters, { name }, { type: 'merge', body: { spec } });
    if (options.wait === true) await untilDone(client, changed, (line) => console.error(line));
    print(options, changed, () => `cluster ${name} ${options.wait === true ? 'is ready' : 'is changed; kubectl steward cluster NAME shows how far it is'}`);
  });
}

function clusterOf(name: string, spec: Spec): Cluster {
  return { apiVersion: apiVersionOf(clusters), kind: clusters.kind, metadata: { name }, spec };
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InputError(`${text} is no number of members`);
  return count;
}
