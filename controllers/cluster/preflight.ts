/** What is checked of a goal before anything is done for it, beside what admission has checked. Pure: problems, with numbers. */
import { BlockList, isIPv6 } from 'node:net';
import { compareVersions, parseVersion, withV } from '../../api/kubernetes/version.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { Goal, PlanSnapshot, Problem } from '../../clusters/providers/goal.ts';
import { isFor, isOffered, releaseProblem } from '../../clusters/providers/offered-release.ts';

export interface PreflightInput {
  readonly goal: Goal;
  /** What its plan says. */
  readonly plan: PlanSnapshot | undefined;
  readonly planName: string;
  readonly releases: readonly ClusterRelease[];
  /** The version that the cluster has; undefined before it has one. */
  readonly current: string | undefined;
  /** The versions that the ConfigMap cluster-info in kube-public allows; undefined when it says nothing. */
  readonly allowed: readonly string[] | undefined;
  readonly nowMs: number;
}

/** Everything that stands in the way, the gravest first. */
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

/** Kubernetes upgrades one minor version at a time, and never goes back (https://kubernetes.io/releases/version-skew-policy/). */
function upgradeProblem(from: string, to: string): Problem | undefined {
  const [old, wanted] = [parseVersion(from), parseVersion(to)];
  if (old === undefined || wanted === undefined) return undefined;
  if (compareVersions(to, from) < 0) {
    return {
      reason: 'Downgrade',
      message: `the cluster has ${from} and can't go back to ${to}: set version to ${from} or later`,
    };
  }
  const next = `upgrade to one of v${old.major}.${old.minor + 1} first`;
  if (wanted.major !== old.major)
    return { reason: 'MinorSkipped', message: `from ${from} to ${to} would skip to another major version: ${next}` };
  const skipped = wanted.minor - old.minor - 1;
  return skipped > 0
    ? { reason: 'MinorSkipped', message: `from ${from} to ${to} would skip ${skipped} minor version(s): ${next}` }
    : undefined;
}

function releaseProblems({ goal, releases }: PreflightInput, from: string, to: string): Problem[] {
  const upgrades = releaseOf(from, goal.type, releases)?.spec.upgrades ?? undefined;
  if (upgrades === undefined || upgrades.map(withV).includes(to)) return [];
  return [
    {
      reason: 'UpgradeNotOffered',
      message: `the release of ${from} can be upgraded to ${upgrades.join(', ') || 'nothing'}, not to ${to}`,
    },
  ];
}

/** The release of a version for clusters of a type. One that names the type goes before one for all. */
function releaseOf(
  version: string,
  type: ClusterType,
  releases: readonly ClusterRelease[],
): ClusterRelease | undefined {
  const found = releases.filter((release) => isFor(release, type) && withV(release.spec.version) === version);
  return found.find(({ spec }) => (spec.providers ?? []).includes(type)) ?? found[0];
}

/** Without any ClusterRelease for its type, and without a list in cluster-info, every version is offered that the provider knows. */
function offerProblems({ goal, releases, allowed, nowMs }: PreflightInput, version: string): Problem[] {
  if (allowed !== undefined && !allowed.map(withV).includes(version)) {
    return [
      {
        reason: 'VersionNotAllowed',
        message: `${version} is not among k8sValidVersions of ConfigMap kube-public/cluster-info: ${allowed.join(', ')}`,
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
    ...bounds(`control plane members`, goal.controlPlane.replicas, controlPlane ?? {}, name),
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
  asked: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
  plan: string,
): Problem[] {
  if (min !== undefined && asked < min)
    return [{ reason: 'TooSmall', message: `${asked} ${what} asked for, and ClusterPlan ${plan} has at least ${min}` }];
  if (max !== undefined && asked > max)
    return [{ reason: 'TooBig', message: `${asked} ${what} asked for, and ClusterPlan ${plan} has at most ${max}` }];
  return [];
}

/** A node takes 256 addresses of the pods' range (--node-cidr-mask-size 24, or 64 for IPv6: the default of the controller manager). */
const NODE_MASK = { 4: 24, 6: 64 } as const;
/** The kube-apiserver takes no range of services with more than 20 bits. */
const SERVICE_BITS = 20;

function networkProblems(goal: Goal): Problem[] {
  const { clusterCIDR, serviceCIDR } = goal;
  const [pods, services] = [parseCidr(clusterCIDR), parseCidr(serviceCIDR)];
  if (pods === undefined)
    return [{ reason: 'CIDRInvalid', message: `clusterCIDR ${clusterCIDR} is no range of addresses` }];
  if (services === undefined)
    return [{ reason: 'CIDRInvalid', message: `serviceCIDR ${serviceCIDR} is no range of addresses` }];
  const shared: Problem = {
    reason: 'CIDROverlap',
    message: `clusterCIDR ${clusterCIDR} and serviceCIDR ${serviceCIDR} share addresses: choose ranges apart`,
  };
  return [
    ...(overlap(pods, services) ? [shared] : []),
    ...podProblems(goal, pods),
    ...serviceProblems(serviceCIDR, services),
  ];
}

function podProblems({ clusterCIDR, controlPlane, nodePools }: Goal, { prefix, family }: Cidr): Problem[] {
  const nodes = controlPlane.replicas + nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  const mask = NODE_MASK[family];
  const room = prefix > mask ? 0 : 2 ** Math.min(30, mask - prefix);
  if (room >= nodes) return [];
  return [
    {
      reason: 'CIDRTooSmall',
      message: `clusterCIDR ${clusterCIDR} has room for ${room} nodes of a /${mask} each, and ${nodes} are asked for`,
    },
  ];
}

function serviceProblems(serviceCIDR: string, { prefix, family }: Cidr): Problem[] {
  const length = family === 4 ? 32 : 128;
  const bits = length - prefix;
  if (bits > SERVICE_BITS) {
    return [
      {
        reason: 'CIDRTooBig',
        message: `serviceCIDR ${serviceCIDR} holds 2^${bits} addresses; a kube-apiserver takes at most 2^${SERVICE_BITS}, a /${length - SERVICE_BITS}`,
      },
    ];
  }
  return bits < 3
    ? [
        {
          reason: 'CIDRTooSmall',
          message: `serviceCIDR ${serviceCIDR} holds ${2 ** bits} addresses, and at least 8 are needed`,
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
