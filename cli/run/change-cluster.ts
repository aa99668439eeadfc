/** Creates and changes clusters: each is one object that is created, or one field that is set. */
import * as z from 'zod';
import { type ClusterPlan, clusterPlans } from '../../api/platform/cluster-plan.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { type Client, apiVersionOf } from '../../runtime/client.ts';
import type { ChangeOptions, CreateOptions, ImportOptions, ResizeOptions } from '../commands/clusters.ts';
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
    ...(numNodes === undefined ? {} : { nodePools: [{ name: firstPoolOf(found), replicas: workersOf(numNodes) }] }),
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

export async function resizeCluster(name: string, members: string | undefined, { numNodes, ...options }: ResizeOptions): Promise<void> {
  if (members === undefined && numNodes === undefined) throw new InputError('resize to what? Give the number of members of the control plane, or --num-nodes');
  await changeCluster(name, (known) => ({
    ...(members === undefined ? {} : { controlPlane: { ...known.spec.controlPlane, replicas: countOf(members) } }),
    ...(numNodes === undefined ? {} : { nodePools: poolsWith(known, workersOf(numNodes)) }),
  }), options);
}

/** What its plan said when it was created, as far as it matters here. */
const keptPools = z.looseObject({ nodePools: z.array(z.looseObject({ name: z.string() })).nullish().transform((pools) => pools ?? []) });

/** The pools of a cluster with that many workers in the first one, which may be its plan's alone until now. */
function poolsWith({ metadata, spec, status }: Cluster, replicas: number): Spec['nodePools'] {
  const [first, ...rest] = spec.nodePools ?? [];
  if (first !== undefined) return [{ ...first, replicas }, ...rest];
  const [offered] = keptPools.parse(status?.fromPlan ?? {}).nodePools;
  if (offered === undefined) throw new InputError(`--num-nodes: cluster ${metadata.name} has no pool of workers`);
  return [{ name: offered.name, replicas }];
}

async function create(client: Client, cluster: Cluster, options: ChangeOptions): Promise<void> {
  if (options.dryRun === true) return print({ output: options.output ?? 'yaml' }, cluster, () => '');
  const created = await client.create(clusters, cluster);
  if (options.wait === true) await untilDone(client, created, (line) => console.error(line));
  print(options, created, () => `cluster ${created.metadata.name} ${options.wait === true ? 'is ready' : 'is created; kubectl steward cluster NAME shows how far it is'}`);
}

/** Sets fields of a cluster. `announce` is told of it before anything is done, also where nothing will be. */
export async function changeCluster(
  name: string, wanted: Partial<Spec> | ((known: Cluster) => Partial<Spec>), options: ChangeOptions, announce: (client: Client, cluster: Cluster) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const known = await client.get(clusters, { name });
    if (known === undefined) throw new InputError(`there is no cluster ${name}`);
    const spec = typeof wanted === 'function' ? wanted(known) : wanted;
    await announce(client, known);
    if (options.dryRun === true) return print({ output: options.output ?? 'yaml' }, clusterOf(name, { ...known.spec, ...spec }), () => '');
    const changed = await client.patch(clusters, { name }, { type: 'merge', body: { spec } });
    if (options.wait === true) await untilDone(client, changed, (line) => console.error(line));
    const done = changed.spec.stopped === true ? 'is stopped' : 'is ready';
    print(options, changed, () => `cluster ${name} ${options.wait === true ? done : 'is changed; kubectl steward cluster NAME shows how far it is'}`);
  });
}

function clusterOf(name: string, spec: Spec): Cluster {
  return { apiVersion: apiVersionOf(clusters), kind: clusters.kind, metadata: { name }, spec };
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InputError(`${text} is no number of members`);
  return Number(text);
}

function workersOf(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InputError(`--num-nodes ${text}: not a number of workers`);
  return Number(text);
}
