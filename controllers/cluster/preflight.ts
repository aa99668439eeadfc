/** Checks a goal before the first step, in addition to admission. Returns problems, with numbers. Pure. */
import { BlockList, isIPv6 } from 'node:net';
import { compareVersions, parseVersion, withV } from '../../api/kubernetes/version.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { Goal, PlanSnapshot, Problem } from '../../clusters/providers/goal.ts';
import { isFor, isOffered, releaseProblem } from '../../clusters/providers/offered-release.ts';

export interface PreflightInput {
  readonly goal: Goal;
  /** The plan that the cluster keeps. */
  readonly plan: PlanSnapshot | undefined;
  readonly planName: string;
  readonly releases: readonly ClusterRelease[];
  /** The version that the cluster runs; undefined before it is created. */
  readonly current: string | undefined;
  /** The versions in ConfigMap kube-public/cluster-info; undefined when it does not list any. */
  readonly allowed: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** All problems, the most severe first. */
export function preflight(input: PreflightInput): Problem[] {
  if (input.goal.type === 'Imported') return [];
  return [...versionProblems(input), ...sizeProblems(input), ...networkProblems(input.goal)];
}

function versionProblems(input: PreflightInput): Problem[] {
  const { goal, current } = input;
  if (goal.version === undefined) return [];
  if (current === undefined) return offerProblems(input, goal.version);
  if (compareVersions(goal.version, current) === 0) return [];
  const path = upgradeProblem(withV(current), goal.version);
  return path === undefined
    ? [...releaseProblems(input, withV(current), goal.version), ...offerProblems(input, goal.version)]
    : [path];
}

/**
 * Kubernetes upgrades one minor version at a time, and never goes back
 * (https://kubernetes.io/releases/version-skew-policy/).
 */
function upgradeProblem(from: string, to: string): Problem | undefined {
  const [old, wanted] = [parseVersion(from), parseVersion(to)];
  if (old === undefined || wanted === undefined) return undefined;
  if (compareVersions(to, from) < 0) {
    return {
      reason: 'Downgrade',
      message: `the cluster runs ${from} and cannot go back to ${to}: set version to ${from} or later`,
    };
  }
  const next = `upgrade to v${old.major}.${old.minor + 1} first`;
  if (wanted.major !== old.major)
    return {
      reason: 'MinorSkipped',
      message: `an upgrade from ${from} to ${to} would change the major version: ${next}`,
    };
  const skipped = wanted.minor - old.minor - 1;
  return skipped > 0
    ? {
        reason: 'MinorSkipped',
        message: `an upgrade from ${from} to ${to} would skip ${skipped === 1 ? 'a minor version' : `${skipped} minor versions`}: ${next}`,
      }
    : undefined;
}

function releaseProblems({ goal, releases }: PreflightInput, from: string, to: string): Problem[] {
  const upgrades = releaseOf(from, goal.type, releases)?.spec.upgrades ?? undefined;
  if (upgrades === undefined || upgrades.map(withV).includes(to)) return [];
  return [
    {
      reason: 'UpgradeNotOffered',
      message: `the ClusterRelease of ${from} does not offer an upgrade to ${to}; it offers: ${upgrades.join(', ') || 'none'}`,
    },
  ];
}

/** The release of a version for clusters of a type. A release that names the type wins over one for all types. */
function releaseOf(
  version: string,
  type: ClusterType,
  releases: readonly ClusterRelease[],
): ClusterRelease | undefined {
  const found = releases.filter((release) => isFor(release, type) && withV(release.spec.version) === version);
  return found.find(({ spec }) => (spec.providers ?? []).includes(type)) ?? found[0];
}

/**
 * Without any ClusterRelease for the type, and without a list in cluster-info, every version that the provider knows is
 * offered.
 */
function offerProblems({ goal, releases, allowed, nowMs }: PreflightInput, version: string): Problem[] {
  if (allowed !== undefined && !allowed.map(withV).includes(version)) {
    return [
      {
        reason: 'VersionNotAllowed',
        message: `${version} is not in k8sValidVersions of ConfigMap kube-public/cluster-info: ${allowed.join(', ')}`,
      },
    ];
  }
  const known = releases.filter((release) => isFor(release, goal.type));
  if (known.length === 0) return [];
  const release = releaseOf(version, goal.type, known);
  if (release !== undefined) {
    const problem = releaseProblem(release, nowMs);
    return problem === undefined ? [] : [problem];
  }
  const offered = known.filter((each) => isOffered(each, goal.type, nowMs)).map(({ spec }) => withV(spec.version));
  return [
    {
      reason: 'VersionNotOffered',
      message: `there is no ClusterRelease of ${version} for ${goal.type}; offered: ${offered.sort(compareVersions).join(', ') || 'none'}`,
    },
  ];
}

function sizeProblems({ goal, plan, planName: name }: PreflightInput): Problem[] {
  if (plan === undefined) return [];
  const { controlPlane, nodePools } = plan;
  return [
    ...bounds('control plane replicas', goal.controlPlane.replicas, controlPlane ?? {}, name),
    ...goal.nodePools.flatMap((pool) =>
      bounds(
        `workers in pool ${pool.name}`,
        pool.replicas,
        nodePools?.find((each) => each.name === pool.name) ?? {},
        name,
      ),
    ),
  ];
}

function bounds(
  what: string,
  requested: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
  plan: string,
): Problem[] {
  if (min !== undefined && requested < min)
    return [
      { reason: 'TooSmall', message: `${requested} ${what} requested, but ClusterPlan ${plan} allows at least ${min}` },
    ];
  if (max !== undefined && requested > max)
    return [
      { reason: 'TooBig', message: `${requested} ${what} requested, but ClusterPlan ${plan} allows at most ${max}` },
    ];
  return [];
}

/** The pod range of one node: --node-cidr-mask-size of the controller manager, 24 or for IPv6 64 by default. */
const NODE_PREFIX = { 4: 24, 6: 64 } as const;
/** A kube-apiserver accepts no service range with more than 20 bits. */
const MAX_SERVICE_BITS = 20;
/** The smallest service range: 8 addresses. */
const MIN_SERVICE_BITS = 3;
/** Enough nodes for any cluster, and still an exact number. */
const MAX_BITS = 30;

function networkProblems(goal: Goal): Problem[] {
  const { clusterCIDR, serviceCIDR } = goal;
  const [pods, services] = [parseCidr(clusterCIDR), parseCidr(serviceCIDR)];
  if (pods === undefined)
    return [{ reason: 'CIDRInvalid', message: `clusterCIDR ${clusterCIDR} is not a CIDR like 10.0.0.0/16` }];
  if (services === undefined)
    return [{ reason: 'CIDRInvalid', message: `serviceCIDR ${serviceCIDR} is not a CIDR like 10.0.0.0/16` }];
  const shared: Problem = {
    reason: 'CIDROverlap',
    message: `clusterCIDR ${clusterCIDR} and serviceCIDR ${serviceCIDR} share addresses: choose ranges that do not overlap`,
  };
  return [
    ...(overlap(pods, services) ? [shared] : []),
    ...podProblems(goal, pods),
    ...serviceProblems(serviceCIDR, services),
  ];
}

function podProblems({ clusterCIDR, controlPlane, nodePools }: Goal, { prefix, family }: Cidr): Problem[] {
  const nodes = controlPlane.replicas + nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  const nodePrefix = NODE_PREFIX[family];
  const room = prefix > nodePrefix ? 0 : 2 ** Math.min(MAX_BITS, nodePrefix - prefix);
  if (room >= nodes) return [];
  return [
    {
      reason: 'CIDRTooSmall',
      message: `clusterCIDR ${clusterCIDR} has room for ${room} nodes with a /${nodePrefix} each, but ${nodes} are requested`,
    },
  ];
}

function serviceProblems(serviceCIDR: string, { prefix, family }: Cidr): Problem[] {
  const length = family === 4 ? 32 : 128;
  const bits = length - prefix;
  if (bits > MAX_SERVICE_BITS) {
    return [
      {
        reason: 'CIDRTooBig',
        message: `serviceCIDR ${serviceCIDR} contains 2^${bits} addresses; a kube-apiserver accepts at most 2^${MAX_SERVICE_BITS}, a /${length - MAX_SERVICE_BITS}`,
      },
    ];
  }
  return bits < MIN_SERVICE_BITS
    ? [
        {
          reason: 'CIDRTooSmall',
          message: `serviceCIDR ${serviceCIDR} contains only ${2 ** bits} addresses: choose one with at least ${2 ** MIN_SERVICE_BITS}`,
        },
      ]
    : [];
}

interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 4 | 6;
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix = ''] = text.split('/');
  const family = isIPv6(address) ? 6 : 4;
  const list = new BlockList();
  try {
    list.addSubnet(address, Number.parseInt(prefix, 10), family === 6 ? 'ipv6' : 'ipv4');
  } catch {
    return undefined;
  }
  return { address, prefix: Number(prefix), family };
}

function overlap(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}

function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family) return false;
  const list = new BlockList();
  const family = outer.family === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(outer.address, outer.prefix, family);
  return list.check(inner.address, family);
}
