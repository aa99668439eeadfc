/** The parts of a translation that both kinds of source share. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Variable } from '../../api/platform/fields.ts';
import { TANZU_CLASS } from '../../api/tanzu/cluster-api-cluster.ts';
import { setFields } from '../../clusters/providers/set-fields.ts';
import type { FieldTracker } from './field-tracker.ts';
import type { Settings } from './translation.ts';

/** Tenant, type, plan and ClusterClass. Without a plan, a cluster of type ClusterAPI gets the Tanzu class. */
export function commonSpec(
  { tenantID, type, plan }: Settings,
  variables: Variable[],
  className: string = TANZU_CLASS,
): Pick<Cluster['spec'], 'tenantID' | 'type' | 'plan' | 'clusterAPI'> {
  const clusterAPI = setFields({
    class: type === 'ClusterAPI' && plan === undefined ? { name: className } : undefined,
    variables: variables.length === 0 ? undefined : variables,
  });
  return {
    tenantID,
    type,
    ...setFields({ plan, clusterAPI: Object.keys(clusterAPI).length === 0 ? undefined : clusterAPI }),
  };
}

interface Network {
  readonly pods?: { readonly cidrBlocks?: readonly string[] | null | undefined } | null | undefined;
  readonly services?: { readonly cidrBlocks?: readonly string[] | null | undefined } | null | undefined;
  readonly serviceDomain?: string | null | undefined;
}

/** The first range of pods and of services, and the DNS domain. `path` leads to the network in the source. */
export function networksOf(
  { pods, services, serviceDomain }: Network,
  path: readonly string[],
  fields: FieldTracker,
): Pick<Cluster['spec'], 'clusterCIDR' | 'serviceCIDR' | 'dnsDomain'> {
  fields.use(...path, 'serviceDomain');
  for (const part of ['pods', 'services']) fields.use(...path, part, 'cidrBlocks', 0);
  return setFields({
    clusterCIDR: pods?.cidrBlocks?.[0],
    serviceCIDR: services?.cidrBlocks?.[0],
    dnsDomain: serviceDomain,
  });
}

const STORAGE_CLASSES = /torageClass$|storage\.(classes|defaultClass)$|^settings\.storage$/;

/** Why a known field has no effect, by the end of its path. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\.tkr(\.reference(\.name)?)?$/, 'workers have the version of the control plane'],
  [/\.cidrBlocks\[\d+\]$/, 'only the first range is used'],
  [/olumes$/, 'the plan and its ClusterClass define volumes'],
  [/network\.cni(\.name)?$/, 'the plan and its ClusterClass define the network plugin'],
  [/(proxy|trust)$/, 'proxies and CAs are variables of the ClusterClass: set them in the plan'],
  [/nodeDrainTimeout$|failureDomain$/, 'the provider decides'],
];

/** Each unused path with the reason why it has no effect. */
export function unmappedOf(unused: readonly string[], { plan }: Pick<Settings, 'plan'>): string[] {
  return unused.map((path) => `${path}: ${reasonFor(path, plan !== undefined)}`);
}

function reasonFor(path: string, hasPlan: boolean): string {
  if (STORAGE_CLASSES.test(path))
    return hasPlan ? 'the plan defines the storage classes' : 'only a plan defines storage classes';
  return REASONS.find(([pattern]) => pattern.test(path))?.[1] ?? 'a Cluster has no such field';
}

/** A note about a field that has an effect only in part. */
export function noteOn(path: readonly string[], note: string | undefined): string[] {
  return note === undefined ? [] : [`${path.join('.')}: ${note}`];
}
