/**
 * In: Cluster objects, the Secrets and ClusterCredentials that they name, and what their API servers answer. Out: the
 * conditions Reachable, Healthy and Authorized of each Cluster, and nothing else. Nothing is written to a member.
 *
 * Watches: Clusters. Secrets and ClusterCredentials are read by name and kept (connections.ts). A Cluster that is being
 * deleted is forgotten: its conditions go with it.
 */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { secrets } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { clusterCredentials } from '../../api/platform/cluster-credential.ts';
import { type ProcessAccess, reads } from '../../runtime/process/access.ts';

export const clusterHealthAccess: ProcessAccess = {
  name: PROCESS_NAMES.clusterHealth,
  leaderElection: true,
  access: [
    reads(clusters),
    { group: clusters.group, resource: `${clusters.plural}/status`, verbs: ['patch'] },
    { group: clusterCredentials.group, resource: clusterCredentials.plural, verbs: ['get'] },
  ],
  namespaced: [{ group: secrets.group, resource: secrets.plural, verbs: ['get'] }],
};

/** Whether there is something to be asked: a cluster that was made, or one that was there already. Pausing changes nothing here. */
export function isProbed({ metadata, spec, status }: Cluster): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (spec.type === 'Imported') return spec.kubeconfigSecret !== undefined || spec.clusterCredentialRef !== undefined;
  const { type, state } = status?.lastAction ?? {};
  if (type === undefined || type === 'DELETE') return false;
  // Whatever else was done to it came after its creation.
  return type !== 'CREATE' || state === 'succeeded';
}
