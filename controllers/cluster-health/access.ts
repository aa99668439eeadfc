/** What the health controller may do on the hub. */
import { PROCESS_NAMES } from '../../api/installation.ts';
import { secrets } from '../../api/kubernetes/core.ts';
import { clusters } from '../../api/platform/cluster.ts';
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
