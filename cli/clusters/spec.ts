/** The spec fields that commands set, from their options. Pure. */
import * as z from 'zod';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import { InputError } from '../errors.ts';
import { refuseWithoutEffect } from './without-effect.ts';

type Spec = Cluster['spec'];

/** What `create-cluster` is asked for. Counts are the texts of the command line. */
export interface NewCluster {
  readonly tenant: string;
  readonly externalHostname?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
  readonly controlPlaneReplicas?: string | undefined;
  readonly numNodes?: string | undefined;
}

/** The spec of a new cluster of a plan; the plan decides the type. Throws InputError. */
export function specOf(plan: ClusterPlan, asked: NewCluster): Spec {
  const { tenant, externalHostname, kubernetesVersion, controlPlaneReplicas, numNodes } = asked;
  const type = plan.spec.provider;
  const spec = {
    tenantID: tenant,
    type,
    plan: plan.metadata.name,
    ...(externalHostname === undefined ? {} : { publicAlternativeNames: [externalHostname] }),
    ...(kubernetesVersion === undefined ? {} : { version: kubernetesVersion }),
    ...(controlPlaneReplicas === undefined ? {} : { controlPlane: { replicas: replicasOf(controlPlaneReplicas) } }),
    ...(numNodes === undefined ? {} : { nodePools: [{ name: firstPoolOf(plan), replicas: workersOf(numNodes) }] }),
  };
  refuseWithoutEffect(type, spec);
  return spec;
}

function firstPoolOf({ metadata, spec }: ClusterPlan): string {
  // Comes first: for a provider that has no workers at all, "this plan has none" would be the wrong reason.
  refuseWithoutEffect(spec.provider, { nodePools: [] });
  const [first] = spec.nodePools ?? [];
  if (first === undefined) throw new InputError(`--num-nodes: clusters of plan ${metadata.name} have no workers`);
  return first.name;
}

/** The part of status.fromPlan, the plan as it was when the cluster was created, that matters here. */
const planAtCreation = z.looseObject({
  nodePools: z
    .array(z.looseObject({ name: z.string() }))
    .nullish()
    .transform((pools) => pools ?? []),
});

/**
 * The node pools of a cluster with that many workers in the first pool, which may exist only in its plan so far. Throws
 * InputError.
 */
export function poolsWith({ metadata, spec, status }: Cluster, workers: string): Spec['nodePools'] {
  const replicas = workersOf(workers);
  refuseWithoutEffect(spec.type, { nodePools: [] });
  const [first, ...rest] = spec.nodePools ?? [];
  if (first !== undefined) return [{ ...first, replicas }, ...rest];
  const [planned] = planAtCreation.parse(status?.fromPlan ?? {}).nodePools;
  if (planned === undefined) throw new InputError(`--num-nodes: cluster ${metadata.name} has no pool of workers`);
  return [{ name: planned.name, replicas }];
}

/** A number of control plane replicas. Throws InputError; the API server checks which numbers are allowed. */
export function replicasOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InputError(`${text} is not a number of control plane replicas`);
  return Number(text);
}

function workersOf(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InputError(`--num-nodes ${text}: not a number of workers`);
  return Number(text);
}
