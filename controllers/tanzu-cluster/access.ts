/** What the Tanzu controller may do on the hub. */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { coreNamespaces } from '../../api/kubernetes/core.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import { clusterAPIClusters, clusterClasses } from '../../api/tanzu/cluster-api-cluster.ts';
import { tanzuKubernetesClusters } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { allows, type ProcessAccess, READ, reads } from '../../runtime/process/access.ts';

export const tanzuClusterAccess: ProcessAccess = {
  name: PROCESS_NAMES.tanzuCluster,
  leaderElection: true,
  access: [
    allows(tanzuKubernetesClusters, ...READ, 'patch'),
    { group: tanzuKubernetesClusters.group, resource: `${tanzuKubernetesClusters.plural}/status`, verbs: ['patch'] },
    allows(clusters, ...READ, 'get', 'create', 'patch', 'delete'),
    reads(clusterReleases),
    reads(coreNamespaces),
    allows(clusterAPIClusters, ...READ, 'patch'),
    allows(clusterClasses, 'get'),
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
};
