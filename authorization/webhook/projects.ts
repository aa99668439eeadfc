/**
 * Which project an object lies in, from the Namespace and Project objects of group business.tkestack.io on the hub.
 *
 * A namespace of a cluster has one project: the oldest claim counts, so nobody can take a namespace over by claiming it
 * again. The system's own namespaces can't be claimed. A project speaks only to its own tenant: a binding that another
 * tenant makes in a project of this name reaches nothing. Pure.
 */
import { isSystemNamespace, type Namespace } from '../../api/business/namespace.ts';
import type { Project } from '../../api/business/project.ts';
import type { Place } from './attributes.ts';

/** The index of the Namespace cache by what is claimed: `CLUSTER/NAMESPACE`. */
export const BY_CLAIM = 'claim';

export function claimOf({ spec }: Namespace): string[] {
  return [`${spec.clusterName}/${spec.namespace}`];
}

export interface ProjectSources {
  /** The claims on a namespace of a cluster. */
  claims(key: string): readonly Namespace[];
  project(name: string): Project | undefined;
}

/** The project whose bindings count for an object at `place` of `cluster`, asked by someone of `tenant`; empty for none. */
export function projectAt(place: Place, cluster: string, tenant: string, sources: ProjectSources): string {
  // A project that has no object is nobody's: no claim says here whose it is.
  if (place.kind === 'project') return sources.project(place.project)?.spec.tenantID === tenant ? place.project : '';
  const project = claimedBy(place, cluster, tenant, sources);
  return project !== '' && belongs(project, tenant, sources) ? project : '';
}

/** Whose place it is, and which project; undefined when no project owns it. */
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

/** The project of the tenant that claims the namespace; empty when none does. */
function claimedBy(place: Place, cluster: string, tenant: string, sources: ProjectSources): string {
  if (place.kind !== 'namespace' || isSystemNamespace(place.namespace)) return '';
  const claim = oldest(sources.claims(`${cluster}/${place.namespace}`));
  return claim?.spec.tenantID === tenant ? (claim.metadata.namespace ?? '') : '';
}

/** A project that has no object of its own is its tenant's by the claim alone. */
function belongs(project: string, tenant: string, sources: ProjectSources): boolean {
  const owner = sources.project(project)?.spec.tenantID;
  return owner === undefined || owner === tenant;
}

function oldest(claims: readonly Namespace[]): Namespace | undefined {
  // Times have whole seconds; the uid settles the rest, the same way in every replica.
  const rank = ({ metadata }: Namespace): string => `${metadata.creationTimestamp ?? '9'} ${metadata.uid ?? ''}`;
  return claims.reduce<Namespace | undefined>((a, b) => (a === undefined || rank(b) < rank(a) ? b : a), undefined);
}
