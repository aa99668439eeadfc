/** Creates and changes clusters: each is one object that is created, or one field that is set. */
import * as z from 'zod';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { type ClusterPlan, clusterPlans } from '../../api/platform/cluster-plan.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';
import type { ChangeOptions, CreateOptions, ImportOptions, ResizeOptions } from '../commands/clusters.ts';
import { InputError } from '../errors.ts';
import { withHub } from '../hub.ts';
import { manifestOf } from '../output/manifest.ts';
import { checkOutput, print } from '../output/print.ts';
import { askForMissing } from './ask-for-missing.ts';
import { untilDone } from './until-done.ts';
import { hasEffect, refuseWithoutEffect, warningsOf } from './without-effect.ts';

type Spec = Cluster['spec'];

export async function createCluster(given: string | undefined, options: CreateOptions): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const plan = await client.get(clusterPlans, { name: options.plan });
    if (plan === undefined) throw new InputError(`there is no plan ${options.plan}; kubectl steward plans lists them`);
    const takesHostname = hasEffect(plan.spec.provider, 'publicAlternativeNames');
    const { name, externalHostname } = await askForMissing(
      { name: given, externalHostname: options.externalHostname },
      takesHostname,
    );
    await create(client, clusterOf(name, specOf(plan, { ...options, externalHostname })), options);
  });
}

/** The type is that of the plan. */
function specOf(plan: ClusterPlan, { tenant, externalHostname, kubernetesVersion, members, numNodes }: Asked): Spec {
  const type = plan.spec.provider;
  const spec = {
    tenantID: tenant,
    type,
    plan: plan.metadata.name,
    ...(externalHostname === undefined ? {} : { publicAlternativeNames: [externalHostname] }),
    ...(kubernetesVersion === undefined ? {} : { version: kubernetesVersion }),
    ...(members === undefined ? {} : { controlPlane: { replicas: countOf(members) } }),
    ...(numNodes === undefined ? {} : { nodePools: [{ name: firstPoolOf(plan), replicas: workersOf(numNodes) }] }),
  };
  refuseWithoutEffect(type, spec);
  return spec;
}

type Asked = Omit<CreateOptions, 'externalHostname'> & { readonly externalHostname: string | undefined };

function firstPoolOf({ metadata, spec }: ClusterPlan): string {
  // First: that the plan has none is no reason where there are never any.
  refuseWithoutEffect(spec.provider, { nodePools: [] });
  const [first] = spec.nodePools ?? [];
  if (first === undefined) throw new InputError(`--num-nodes: clusters of plan ${metadata.name} have no workers`);
  return first.name;
}

export async function importCluster(name: string, options: ImportOptions): Promise<void> {
  checkOutput(options);
  const { tenant, secret, server } = options;
  const cluster = clusterOf(name, {
    tenantID: tenant,
    type: 'Imported',
    kubeconfigSecret: secret,
    ...(server === undefined ? {} : { server }),
  });
  await withHub(options, (client) => create(client, cluster, options));
}

export async function resizeCluster(
  name: string,
  members: string | undefined,
  { numNodes, ...options }: ResizeOptions,
): Promise<void> {
  if (members === undefined && numNodes === undefined)
    throw new InputError('resize to what? Give the number of members of the control plane, or --num-nodes');
  await changeCluster(
    name,
    (known) => ({
      ...(members === undefined ? {} : { controlPlane: { ...known.spec.controlPlane, replicas: countOf(members) } }),
      ...(numNodes === undefined ? {} : { nodePools: poolsWith(known, workersOf(numNodes)) }),
    }),
    options,
  );
}

/** What its plan said when it was created, as far as it matters here. */
const keptPools = z.looseObject({
  nodePools: z
    .array(z.looseObject({ name: z.string() }))
    .nullish()
    .transform((pools) => pools ?? []),
});

/** The pools of a cluster with that many workers in the first one, which may be its plan's alone until now. */
function poolsWith({ metadata, spec, status }: Cluster, replicas: number): Spec['nodePools'] {
  refuseWithoutEffect(spec.type, { nodePools: [] });
  const [first, ...rest] = spec.nodePools ?? [];
  if (first !== undefined) return [{ ...first, replicas }, ...rest];
  const [offered] = keptPools.parse(status?.fromPlan ?? {}).nodePools;
  if (offered === undefined) throw new InputError(`--num-nodes: cluster ${metadata.name} has no pool of workers`);
  return [{ name: offered.name, replicas }];
}

async function create(client: Client, wanted: Cluster, options: ChangeOptions): Promise<void> {
  if (options.dryRun === true) return print({ output: options.output ?? 'yaml' }, manifestOf(wanted), () => '');
  const made = await client.create(clusters, wanted);
  const cluster = options.wait === true ? await waitFor(client, made) : made;
  print(
    options,
    cluster,
    () =>
      `cluster ${made.metadata.name} ${options.wait === true ? 'is ready' : 'is created; kubectl steward cluster NAME shows how far it is'}`,
  );
}

/** Sets fields of a cluster. `announce` is told of it before anything is done, also where nothing will be. */
export async function changeCluster(
  name: string,
  wanted: Partial<Spec> | ((known: Cluster) => Partial<Spec>),
  options: ChangeOptions,
  announce: (client: Client, cluster: Cluster) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  checkOutput(options);
  await withHub(options, async (client) => {
    const known = await client.get(clusters, { name });
    if (known === undefined) throw new InputError(`there is no cluster ${name}`);
    const spec = typeof wanted === 'function' ? wanted(known) : wanted;
    refuseWithoutEffect(known.spec.type, spec);
    await announce(client, known);
    if (options.dryRun === true)
      return print(
        { output: options.output ?? 'yaml' },
        manifestOf({ ...known, spec: { ...known.spec, ...spec } }),
        () => '',
      );
    const patched = await client.patch(clusters, { name }, { type: 'merge', body: { spec } });
    const changed = options.wait === true ? await waitFor(client, patched) : patched;
    const done = changed.spec.stopped === true ? 'is stopped' : 'is ready';
    print(
      options,
      changed,
      () =>
        `cluster ${name} ${options.wait === true ? done : 'is changed; kubectl steward cluster NAME shows how far it is'}`,
    );
  });
}

/** What nobody heeded is told at the end, since only the controller knows it of every field. */
async function waitFor(client: Client, cluster: Cluster): Promise<Cluster> {
  const done = await untilDone(client, cluster, (line) => console.error(line));
  for (const warning of warningsOf(done)) console.error(warning);
  return done;
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
