/**
 * Lists the fields of a cluster and its plan that have no effect with its provider, so that none is dropped silently. A
 * path has no list indexes: `nodePools.taints.key`. Pure.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { PlanSnapshot } from '../../clusters/providers/goal.ts';

/** The fields that the controller itself uses, with any provider. */
const ALWAYS_USED = [
  'tenantID',
  'displayName',
  'description',
  'type',
  'plan',
  'hooks',
  'health',
  'paused',
  'stopped',
  'deletionProtection',
  'finalizers',
];

/** The fields of a plan that the controller itself uses. */
const ALWAYS_USED_IN_PLAN = [
  'displayName',
  'description',
  'provider',
  'version',
  'channel',
  'controlPlane.min',
  'controlPlane.max',
];

/** The fields that have other names in a plan than in a cluster. */
const NAMES_IN_PLAN: Readonly<Record<string, readonly string[]>> = {
  'clusterAPI.class': ['clusterClass'],
  'clusterAPI.variables': ['variables'],
  'nodePools.replicas': ['nodePools.replicas', 'nodePools.min', 'nodePools.max'],
};

/** `used` are the fields of a cluster that its provider uses, `plan` is the plan that the cluster keeps. */
export function ignoredFields(spec: Cluster['spec'], used: readonly string[], plan?: PlanSnapshot): string[] {
  const usedInPlan = [...ALWAYS_USED_IN_PLAN, ...used.flatMap((path) => NAMES_IN_PLAN[path] ?? [path])];
  const found = [
    ...ignoredIn(spec, [...ALWAYS_USED, ...used]).map((path) => `spec.${path}`),
    ...ignoredIn(plan ?? {}, usedInPlan).map((path) => `plan.${path}`),
  ];
  return [...new Set(found)].sort();
}

/** The shortest paths in `value` below which there is a value, but nothing is used. */
function ignoredIn(value: object, used: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => (isObject(each) ? ignoredIn(each, used) : []));
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    if (used.includes(field) || !hasContent(inner)) return [];
    const below = used.filter((path) => path.startsWith(`${field}.`)).map((path) => path.slice(field.length + 1));
    return below.length === 0 || !isObject(inner) ? [field] : ignoredIn(inner, below).map((path) => `${field}.${path}`);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function hasContent(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
