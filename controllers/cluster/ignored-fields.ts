/**
 * Which fields of a cluster and of its plan have no effect: what is written there and not heeded is told, never dropped in
 * silence. Pure. A path is that of a field, without the places in lists: `nodePools.taints.key`.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { PlanSnapshot } from '../../clusters/providers/goal.ts';

/** What the controller itself heeds, whatever the provider. */
const ALWAYS = [
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

/** The same of a plan. */
const ALWAYS_OF_PLAN = [
  'displayName',
  'description',
  'provider',
  'version',
  'channel',
  'controlPlane.min',
  'controlPlane.max',
];

/** What a plan calls otherwise than a cluster does. */
const NAMES_OF_PLAN: Readonly<Record<string, readonly string[]>> = {
  'clusterAPI.class': ['clusterClass'],
  'clusterAPI.variables': ['variables'],
  'nodePools.replicas': ['nodePools.replicas', 'nodePools.min', 'nodePools.max'],
};

/** `heeded` is what the provider heeds of a cluster, `kept` what the plan says to this one. */
export function ignoredFields(spec: Cluster['spec'], heeded: readonly string[], kept?: PlanSnapshot): string[] {
  const ofPlan = [...ALWAYS_OF_PLAN, ...heeded.flatMap((path) => NAMES_OF_PLAN[path] ?? [path])];
  const found = [
    ...ignoredIn(spec, [...ALWAYS, ...heeded]).map((path) => `spec.${path}`),
    ...ignoredIn(kept ?? {}, ofPlan).map((path) => `plan.${path}`),
  ];
  return [...new Set(found)].sort();
}

/** The paths in `value` of what says something and is not heeded, each as short as it can be. */
function ignoredIn(value: object, heeded: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => (isObject(each) ? ignoredIn(each, heeded) : []));
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) => {
    if (heeded.includes(field) || !says(inner)) return [];
    const below = heeded.filter((path) => path.startsWith(`${field}.`)).map((path) => path.slice(field.length + 1));
    return below.length === 0 || !isObject(inner) ? [field] : ignoredIn(inner, below).map((path) => `${field}.${path}`);
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An empty value says nothing. */
function says(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
