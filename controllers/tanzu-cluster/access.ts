/** What the Tanzu controller may do on the hub. */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { coreNamespaces } from '../../api/kubernetes/core.ts';
import type { Resource } from '../../api/object.ts';
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
