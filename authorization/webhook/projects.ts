/**
 * Finds the project of an object, from the Namespace and Project objects of group business.tkestack.io on the hub.
 *
 * A namespace of a cluster has one project. The oldest claim counts, so no one can take over a namespace by claiming it
 * again. System namespaces cannot be claimed. A project counts only for its own tenant: a binding that another tenant
 * creates in a project of that name has no effect. Pure.
 */
import { isSystemNamespace, type Namespace } from '../../api/business/namespace.ts';
import type { Project } from '../../api/business/project.ts';
import type { Place } from './attributes.ts';

/** The index of the Namespace cache by the claimed namespace: `CLUSTER/NAMESPACE`. */
export const BY_CLAIM = 'claim';

/** The keys of a Namespace in the index BY_CLAIM. */
export function claimOf({ spec }: Namespace): string[] {
  return [`${spec.clusterName}/${spec.namespace}`];
}

export interface ProjectSources {
  /** The claims on a namespace, by `CLUSTER/NAMESPACE`. */
  claims(key: string): readonly Namespace[];
  project(name: string): Project | undefined;
}

/** The project whose bindings count for a user of `tenant` and an object at `place` in `cluster`; empty for none. */
export function projectAt(place: Place, cluster: string, tenant: string, sources: ProjectSources): string {
  // Without a Project object no one owns the project: at this place there is no claim that says who does.
  if (place.kind === 'project') return sources.project(place.project)?.spec.tenantID === tenant ? place.project : '';
  const project = claimedBy(place, cluster, tenant, sources);
  return project !== '' && belongs(project, tenant, sources) ? project : '';
}

/** The project that owns a place, and its tenant; undefined when none does. */
export function ownerAt(
  place: Place,
  cluster: string,
  sources: ProjectSources,
): { readonly tenant: string; readonly project: string } | undefined {
  const tenant =
    place.kind === 'project'
      ? sources.project(place.project)?.spec.tenantID
      : place.kind === 'namespace'
        ? oldest(sources.claims(`${cluster}/${place.namespace}`))?.spec.tenantID
        : undefined;
  const project = tenant === undefined ? '' : projectAt(place, cluster, tenant, sources);
  return tenant === undefined || project === '' ? undefined : { tenant, project };
}

/** The project that claims the namespace, if it is one of `tenant`; else empty. */
function claimedBy(place: Place, cluster: string, tenant: string, sources: ProjectSources): string {
  if (place.kind !== 'namespace' || isSystemNamespace(place.namespace)) return '';
  const claim = oldest(sources.claims(`${cluster}/${place.namespace}`));
  return claim?.spec.tenantID === tenant ? (claim.metadata.namespace ?? '') : '';
}

/** Whether a claimed project belongs to the tenant. Without a Project object, the claim alone decides. */
function belongs(project: string, tenant: string, sources: ProjectSources): boolean {
  const owner = sources.project(project)?.spec.tenantID;
  return owner === undefined || owner === tenant;
}

function oldest(claims: readonly Namespace[]): Namespace | undefined {
  // Timestamps have whole seconds. The uid breaks ties, in the same way in every replica.
  const rank = ({ metadata }: Namespace): string => `${metadata.creationTimestamp ?? '9'} ${metadata.uid ?? ''}`;
  return claims.reduce<Namespace | undefined>((a, b) => (a === undefined || rank(b) < rank(a) ? b : a), undefined);
}
