/** What a cluster should be like: its spec, with what its plan and the offered releases say filled in. Pure. */

import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterClassRef, ClusterType, Variable } from '../../api/platform/fields.ts';
import { isOffered } from './offered-release.ts';

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
  /** `v1.36.3`; undefined for a cluster whose version is its owner's affair. */
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

/** Why there is no goal, for a condition. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

export const DEFAULT_CLUSTER_CIDR = '192.168.0.0/16';
export const DEFAULT_SERVICE_CIDR = '10.96.0.0/16';

export interface Offer {
  /** The plan that the cluster names; undefined when there is none of that name. */
  readonly plan: ClusterPlan | undefined;
  readonly releases: readonly ClusterRelease[];
  readonly nowMs: number;
}

/** What a plan says, with the version that it comes to. A cluster keeps it in its status from its creation on. */
export type Kept = ClusterPlan['spec'];

/** What the plan says to this cluster: what it said at its creation, or says now. Undefined for one without a plan. */
export function keptOf({ spec, status }: Cluster, { plan, releases, nowMs }: Offer): Kept | Problem | undefined {
  // Written by us, from a plan as it was admitted.
  if (status?.fromPlan !== undefined && status.fromPlan !== null) return status.fromPlan as unknown as Kept;
  if (spec.plan === undefined) return undefined;
  if (plan === undefined) {
    return {
      reason: 'PlanNotFound',
      message: `there is no ClusterPlan ${spec.plan}; kubectl get clusterplans shows those that there are`,
    };
  }
  if (plan.spec.provider !== spec.type) {
    return {
      reason: 'PlanMismatch',
      message: `ClusterPlan ${plan.metadata.name} is for clusters of type ${plan.spec.provider}, and this is one of type ${spec.type}`,
    };
  }
  return { ...plan.spec, version: plan.spec.version ?? newest(plan.spec, releases, nowMs) };
}

/** The goal of a cluster with what its plan says; or why it has none yet. */
export function goalOf({ spec, metadata, status }: Cluster, offered: Kept | undefined): Goal | Problem {
  const version = spec.version ?? status?.version ?? offered?.version;
  if (version === undefined && spec.type !== 'Imported') {
    return {
      reason: 'VersionMissing',
      message:
        'neither the cluster nor its plan names a version, and no ClusterRelease is offered in the channel of the plan',
    };
  }
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    tenantID: spec.tenantID,
    type: spec.type,
    version: version === undefined ? undefined : withV(version),
    ...sizesOf(spec, offered),
    ...networksOf(spec, offered),
    alternativeNames: spec.publicAlternativeNames ?? [],
    ...partsOf(spec, offered),
  };
}

type Spec = Cluster['spec'];

function sizesOf(spec: Spec, offered: Kept | undefined): Pick<Goal, 'controlPlane' | 'nodePools'> {
  const [own, base] = [spec.controlPlane ?? {}, offered?.controlPlane ?? {}];
  return {
    controlPlane: { replicas: own.replicas ?? base.replicas ?? 1, machineClass: own.machineClass ?? base.machineClass },
    nodePools: poolsOf(spec, offered),
  };
}

function networksOf(spec: Spec, offered: Kept | undefined): Pick<Goal, 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'> {
  const either = (field: 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'): string | undefined =>
    named(spec[field]) ?? named(offered?.[field]);
  return {
    clusterCIDR: either('clusterCIDR') ?? DEFAULT_CLUSTER_CIDR,
    serviceCIDR: either('serviceCIDR') ?? DEFAULT_SERVICE_CIDR,
    dnsDomain: either('dnsDomain') ?? 'cluster.local',
  };
}

function partsOf(spec: Spec, offered: Kept | undefined): Pick<Goal, 'class' | 'variables'> {
  const { clusterClass, variables } = offered ?? {};
  const own = spec.clusterAPI ?? {};
  return {
    class: own.class ?? clusterClass,
    variables: byName(variables, own.variables),
  };
}

export function isProblem(value: object | undefined): value is Problem {
  return value !== undefined && 'reason' in value;
}

/** Pools of the plan, as the cluster changes them, and those that the cluster has of its own. */
function poolsOf(spec: Spec, kept: Kept | undefined): PoolGoal[] {
  const offered = kept?.nodePools ?? [];
  const own = spec.nodePools ?? [];
  const names = [...new Set([...offered, ...own].map(({ name }) => name))];
  return names.map((name) => {
    const base = offered.find((pool) => pool.name === name);
    const pool = own.find((each) => each.name === name);
    const { replicas = 0, taints, class: machines, machineClass } = { ...base, ...given(pool ?? {}) };
    return {
      name,
      class: machines,
      replicas,
      machineClass,
      labels: { ...base?.labels, ...pool?.labels },
      taints: taints ?? [],
    };
  });
}

/** The fields that say something. */
function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
}

/** The newest release of the plan's channel that its provider can make and that is still offered and supported. */
function newest(
  { channel, provider }: ClusterPlan['spec'],
  releases: readonly ClusterRelease[],
  nowMs: number,
): string | undefined {
  const offered = releases.filter((release) => release.spec.channel === channel && isOffered(release, provider, nowMs));
  return channel === undefined
    ? undefined
    : offered
        .map(({ spec }) => spec.version)
        .sort(compareVersions)
        .at(-1);
}

/** The second list over the first. */
function byName<T extends { readonly name: string }>(
  base: readonly T[] | null | undefined,
  over: readonly T[] | null | undefined,
): T[] {
  return [...new Map([...(base ?? []), ...(over ?? [])].map((each) => [each.name, each])).values()];
}

function named(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
