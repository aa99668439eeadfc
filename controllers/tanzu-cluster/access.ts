/**
 * In: TanzuKubernetesClusters; Clusters of Cluster API with the class of Tanzu, where that API is served; the Namespaces
 * that they are in. Out: a Cluster for each, and what became of it. Watches these, our Clusters, and ClusterReleases.
 *
 * Whose the Cluster is says the label platform.tkestack.io/tenant of the Namespace alone: what an object says of itself
 * has no say in it. A Cluster that was not made of the object is left alone. Whoever deletes the object deletes its Cluster.
 */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { coreNamespaces } from '../../api/kubernetes/core.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import { clusterAPIClusters, clusterClasses } from '../../api/tanzu/cluster-api-cluster.ts';
import { tanzuKubernetesClusters } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { type Access, type ProcessAccess, READ, reads } from '../../runtime/process/access.ts';

const may = ({ group, plural }: Resource, ...verbs: string[]): Access => ({ group, resource: plural, verbs });

export const tanzuClusterAccess: ProcessAccess = {
  name: PROCESS_NAMES.tanzuCluster,
  leaderElection: true,
  access: [
    may(tanzuKubernetesClusters, ...READ, 'patch'),
    { group: tanzuKubernetesClusters.group, resource: `${tanzuKubernetesClusters.plural}/status`, verbs: ['patch'] },
    may(clusters, ...READ, 'get', 'create', 'patch', 'delete'),
    reads(clusterReleases),
    reads(coreNamespaces),
    may(clusterAPIClusters, ...READ, 'patch'),
    may(clusterClasses, 'get'),
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
};

/** By which the caches find the objects of a Namespace. */
export const BY_NAMESPACE = 'namespace';

export function namespaceOf({ metadata }: KubeObject): string[] {
  return [metadata.namespace ?? ''];
}
