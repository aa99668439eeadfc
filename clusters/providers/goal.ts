/** Resolves the goal of a cluster: its spec, completed from its plan and from the offered releases. Pure. */

import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterClassRef, ClusterType, Variable } from '../../api/platform/fields.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import { isOffered } from './offered-release.ts';
import { setFields } from './set-fields.ts';

export interface PoolGoal {
  readonly name: string;
  readonly class: string | undefined;
  readonly replicas: number;
  readonly machineClass: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string | undefined; readonly effect: string }[];
}

export interface Goal {
  readonly name: string;
  readonly uid: string;
  readonly tenantID: string;
  readonly type: ClusterType;
  /** `v1.36.3`; undefined for an imported cluster, whose version is up to its owner. */
  readonly version: string | undefined;
  readonly controlPlane: { readonly replicas: number; readonly machineClass: string | undefined };
  readonly nodePools: readonly PoolGoal[];
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  readonly dnsDomain: string;
  readonly alternativeNames: readonly string[];
  readonly class: ClusterClassRef | undefined;
  readonly variables: readonly Variable[];
}

/** Why a cluster has no goal, for a condition. */
export interface Problem {
  readonly reason: ClusterReason;
  readonly message: string;
}

export const DEFAULT_CLUSTER_CIDR = '192.168.0.0/16';
export const DEFAULT_SERVICE_CIDR = '10.96.0.0/16';
const DEFAULT_DNS_DOMAIN = 'cluster.local';
const DEFAULT_REPLICAS = 1;

/** What the plan of a cluster is resolved from. */
export interface PlanSources {
  /** The plan that the cluster names; undefined when there is no plan of that name. */
  readonly plan: ClusterPlan | undefined;
  readonly releases: readonly ClusterRelease[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * The spec of a plan with its version resolved, as it was when the cluster was created. The cluster keeps it in
 * `status.fromPlan`: otherwise one edit of a plan would upgrade or resize every cluster of that plan at once.
 */
export type PlanSnapshot = ClusterPlan['spec'];

/** The snapshot that the cluster keeps, or a new one from its plan. Undefined for a cluster without a plan. */
export function planSnapshotOf(
  { spec, status }: Cluster,
  { plan, releases, nowMs }: PlanSources,
): PlanSnapshot | Problem | undefined {
  // The controller wrote it, from a plan that admission had accepted.
  if (status?.fromPlan !== undefined && status.fromPlan !== null) return status.fromPlan as unknown as PlanSnapshot;
  if (spec.plan === undefined) return undefined;
  if (plan === undefined) {
    return {
      reason: 'PlanNotFound',
      message: `there is no ClusterPlan ${spec.plan}; kubectl get clusterplans lists the plans`,
    };
  }
  if (plan.spec.provider !== spec.type) {
    return {
      reason: 'PlanMismatch',
      message: `ClusterPlan ${plan.metadata.name} is for clusters of type ${plan.spec.provider}, but this cluster has type ${spec.type}`,
    };
  }
  return { ...plan.spec, version: plan.spec.version ?? newestOffered(plan.spec, releases, nowMs) };
}

/** The goal of a cluster, or why it has none yet. */
export function goalOf({ spec, metadata, status }: Cluster, plan: PlanSnapshot | undefined): Goal | Problem {
  const version = spec.version ?? status?.version ?? plan?.version;
  if (version === undefined && spec.type !== 'Imported') {
    return {
      reason: 'VersionMissing',
      message:
        "neither the cluster nor its plan names a version, and the plan's channel has no offered ClusterRelease: set spec.version",
    };
  }
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    tenantID: spec.tenantID,
    type: spec.type,
    version: version === undefined ? undefined : withV(version),
    controlPlane: controlPlaneOf(spec, plan),
    nodePools: poolsOf(spec, plan),
    ...networksOf(spec, plan),
    alternativeNames: spec.publicAlternativeNames ?? [],
    ...clusterClassOf(spec, plan),
  };
}

export function isProblem(value: object | undefined): value is Problem {
  return value !== undefined && 'reason' in value;
}

type Spec = Cluster['spec'];

function controlPlaneOf(spec: Spec, plan: PlanSnapshot | undefined): Goal['controlPlane'] {
  const [own, planned] = [spec.controlPlane ?? {}, plan?.controlPlane ?? {}];
  return {
    replicas: own.replicas ?? planned.replicas ?? DEFAULT_REPLICAS,
    machineClass: own.machineClass ?? planned.machineClass,
  };
}

function networksOf(
  spec: Spec,
  plan: PlanSnapshot | undefined,
): Pick<Goal, 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'> {
  const either = (field: 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'): string | undefined =>
    nonEmpty(spec[field]) ?? nonEmpty(plan?.[field]);
  return {
    clusterCIDR: either('clusterCIDR') ?? DEFAULT_CLUSTER_CIDR,
    serviceCIDR: either('serviceCIDR') ?? DEFAULT_SERVICE_CIDR,
    dnsDomain: either('dnsDomain') ?? DEFAULT_DNS_DOMAIN,
  };
}

function clusterClassOf({ clusterAPI }: Spec, plan: PlanSnapshot | undefined): Pick<Goal, 'class' | 'variables'> {
  return {
    class: clusterAPI?.class ?? plan?.clusterClass,
    variables: mergeByName(plan?.variables, clusterAPI?.variables),
  };
}

/** The pools of the plan as the cluster overrides them, then the pools that only the cluster has. */
function poolsOf(spec: Spec, plan: PlanSnapshot | undefined): PoolGoal[] {
  const [planned, own] = [plan?.nodePools ?? [], spec.nodePools ?? []];
  const names = [...new Set([...planned, ...own].map(({ name }) => name))];
  return names.map((name) => {
    const fromPlan = planned.find((pool) => pool.name === name);
    const fromSpec = own.find((pool) => pool.name === name);
    const { replicas = 0, taints, class: workerClass, machineClass } = { ...fromPlan, ...setFields(fromSpec ?? {}) };
    return {
      name,
      class: workerClass,
      replicas,
      machineClass,
      labels: { ...fromPlan?.labels, ...fromSpec?.labels },
      taints: taints ?? [],
    };
  });
}

/** The newest version in the plan's channel that is offered to clusters of the plan's type. */
function newestOffered(
  { channel, provider }: ClusterPlan['spec'],
  releases: readonly ClusterRelease[],
  nowMs: number,
): string | undefined {
  if (channel === undefined) return undefined;
  return releases
    .filter((release) => release.spec.channel === channel && isOffered(release, provider, nowMs))
    .map(({ spec }) => spec.version)
    .sort(compareVersions)
    .at(-1);
}

/** Both lists as one. Where both have an entry of the same name, that of `overrides` counts. */
function mergeByName<T extends { readonly name: string }>(
  defaults: readonly T[] | null | undefined,
  overrides: readonly T[] | null | undefined,
): T[] {
  return [...new Map([...(defaults ?? []), ...(overrides ?? [])].map((each) => [each.name, each])).values()];
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
