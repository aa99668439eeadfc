/**
 * A TanzuKubernetesCluster → the spec of a Cluster, and the fields that have no place in it. Pure; controller.ts calls it
 * through source.ts. docs/tanzu.md has the table.
 */

import type { Cluster, NodePool } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType, Variable } from '../../api/platform/fields.ts';
import type { TanzuReason } from '../../api/platform/tanzu-reasons.ts';
import { TANZU_CLASS } from '../../api/tanzu/cluster-api-cluster.ts';
import type { TanzuKubernetesCluster } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { setFields } from '../../clusters/providers/set-fields.ts';
import { Fields } from './field-tracker.ts';
import { type Resolved, resolveVersion } from './resolve-version.ts';

/** What is decided for all clusters of a Namespace, and what is known of the cluster. */
export interface Settings {
  readonly tenantID: string;
  readonly type: ClusterType;
  readonly plan: string | undefined;
  readonly releases: readonly ClusterRelease[];
  /** The version that the Cluster asks for already. */
  readonly current: string | undefined;
  readonly nowMs: number;
}

export interface Translation {
  readonly spec: Cluster['spec'];
  /** Fields without effect, each with the reason, in order. */
  readonly unmapped: readonly string[];
}

/** Why nothing can be made of it, for a condition. */
export interface Problem {
  readonly reason: TanzuReason;
  readonly message: string;
}

export function isProblem(value: Translation | Problem): value is Problem {
  return 'reason' in value;
}

type Spec = TanzuKubernetesCluster['spec'];
type Pool = NonNullable<Spec['topology']['nodePools']>[number];

export function translateTanzu({ spec }: TanzuKubernetesCluster, settings: Settings): Translation | Problem {
  const fields = new Fields(spec);
  const asked = spec.topology.controlPlane?.tkr?.reference?.name ?? '';
  const resolved: Resolved | Unsaid = asked === '' ? {} : resolveVersion(asked, settings);
  if ('reason' in resolved) return resolved;
  fields.take(...TKR);
  const { version, note } = resolved;
  const variables = variablesOf(spec, settings, fields);
  return {
    spec: {
      ...frameOf(settings, variables),
      ...setFields({ version }),
      controlPlane: controlPlaneOf(spec, fields),
      nodePools: (spec.topology.nodePools ?? []).map((pool, index) => poolOf(pool, index, asked, fields)),
      ...networksOf(spec.settings?.network ?? {}, ['settings', 'network'], fields),
    },
    unmapped: [...noted(TKR, note), ...told(fields.left(), settings)],
  };
}

/** Without a version the plan says it. */
interface Unsaid {
  readonly version?: undefined;
  readonly note?: undefined;
}

const TKR = ['topology', 'controlPlane', 'tkr', 'reference', 'name'];

export function noted(path: readonly string[], note: string | undefined): string[] {
  return note === undefined ? [] : [`${path.join('.')}: ${note}`];
}

/** What every Cluster made of such an object has. Without a plan, a cluster of Cluster API is of the class that Tanzu has. */
export function frameOf(
  { tenantID, type, plan }: Settings,
  variables: Variable[],
  classOf: string = TANZU_CLASS,
): Pick<Cluster['spec'], 'tenantID' | 'type' | 'plan' | 'clusterAPI'> {
  const clusterAPI = setFields({
    class: type === 'ClusterAPI' && plan === undefined ? { name: classOf } : undefined,
    variables: variables.length === 0 ? undefined : variables,
  });
  return {
    tenantID,
    type,
    ...setFields({ plan, clusterAPI: Object.keys(clusterAPI).length === 0 ? undefined : clusterAPI }),
  };
}

function controlPlaneOf(
  { topology: { controlPlane } }: Spec,
  fields: Fields,
): NonNullable<Cluster['spec']['controlPlane']> {
  for (const field of ['replicas', 'vmClass']) fields.take('topology', 'controlPlane', field);
  return setFields({ replicas: controlPlane?.replicas, machineClass: controlPlane?.vmClass });
}

function poolOf(
  { name, replicas, vmClass, labels, taints, tkr }: Pool,
  index: number,
  asked: string,
  fields: Fields,
): NodePool {
  const at = (...path: string[]): void => fields.take('topology', 'nodePools', index, ...path);
  for (const field of ['name', 'replicas', 'vmClass', 'labels', 'taints']) at(field);
  // Workers have the version of the control plane: a pool that says the same says nothing more.
  if (tkr?.reference?.name === asked) at('tkr', 'reference', 'name');
  return { name, ...setFields({ replicas, machineClass: vmClass, labels, taints }) };
}

interface Network {
  readonly pods?: { readonly cidrBlocks?: readonly string[] | null | undefined } | null | undefined;
  readonly services?: { readonly cidrBlocks?: readonly string[] | null | undefined } | null | undefined;
  readonly serviceDomain?: string | null | undefined;
}

/** The first range of pods and services, and the domain. `path` is where the network stands. */
export function networksOf(
  network: Network,
  path: readonly string[],
  fields: Fields,
): Pick<Cluster['spec'], 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'> {
  const { pods, services, serviceDomain } = network;
  fields.take(...path, 'serviceDomain');
  for (const part of ['pods', 'services']) fields.take(...path, part, 'cidrBlocks', 0);
  return setFields({
    clusterCIDR: pods?.cidrBlocks?.[0],
    serviceCIDR: services?.cidrBlocks?.[0],
    dnsDomain: serviceDomain,
  });
}

/** What the class of Tanzu declares beside the fields of a topology. A plan with a class of its own may not know these. */
function variablesOf(
  { topology: { controlPlane }, settings: of }: Spec,
  { type, plan }: Settings,
  fields: Fields,
): Variable[] {
  if (type !== 'ClusterAPI' || plan !== undefined) return [];
  const from: readonly (readonly [name: string, value: unknown, path: readonly string[]])[] = [
    ['vmClass', controlPlane?.vmClass, ['topology', 'controlPlane', 'vmClass']],
    ['storageClass', controlPlane?.storageClass, ['topology', 'controlPlane', 'storageClass']],
    ['storageClasses', of?.storage?.classes, ['settings', 'storage', 'classes']],
    ['defaultStorageClass', of?.storage?.defaultClass, ['settings', 'storage', 'defaultClass']],
  ];
  return from.flatMap(([name, value, path]) => {
    fields.take(...path);
    return value === undefined || value === null ? [] : [{ name, value }];
  });
}

/** Why a field that is known has no effect, by the end of its path. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\.tkr(\.reference(\.name)?)?$/, 'workers have the version of the control plane'],
  [/\.cidrBlocks\[\d+\]$/, 'one range is used, the first'],
  [
    /torageClass$|storage\.(classes|defaultClass)$|^settings\.storage$/,
    'the plan says which storage classes there are',
  ],
  [/olumes$/, 'volumes are the affair of the plan and its ClusterClass'],
  [/network\.cni(\.name)?$/, 'the network plugin is the affair of the plan and its ClusterClass'],
  [/(proxy|trust)$/, 'proxies and authorities are variables of the ClusterClass: set them in the plan'],
  [/nodeDrainTimeout$|failureDomain$/, 'the provider decides'],
];

/** The paths, each with the reason. */
export function told(left: readonly string[], { plan }: Pick<Settings, 'plan'>): string[] {
  return left.map((path) => {
    const reason = REASONS.find(([pattern]) => pattern.test(path))?.[1] ?? 'a Cluster has no such field';
    return `${path}: ${plan === undefined ? reason.replace('the plan says', 'only a plan says') : reason}`;
  });
}
