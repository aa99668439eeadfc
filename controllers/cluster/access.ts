/** What the cluster controller may do on the hub. */
import { rules } from '../../api/auth/rule.ts';
import { namespaces } from '../../api/business/namespace.ts';
import { PROCESS_NAMES, SIGNER_PREFIX } from '../../api/installation.ts';
import { certificateSigningRequests, subjectAccessReviews } from '../../api/kubernetes/certificates.ts';
import { configMaps, jobs, secrets } from '../../api/kubernetes/core.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterCredentials } from '../../api/platform/cluster-credential.ts';
import { clusterPlans } from '../../api/platform/cluster-plan.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import { clusterAPIAccess } from '../../clusters/providers/cluster-api/resources.ts';
import { allows, type ProcessAccess, READ, reads } from '../../runtime/process/access.ts';

export const clusterAccess: ProcessAccess = {
  name: PROCESS_NAMES.cluster,
  leaderElection: true,
  access: [
    allows(clusters, ...READ, 'get', 'patch'),
    { group: clusters.group, resource: `${clusters.plural}/status`, verbs: ['patch'] },
    reads(clusterPlans),
    reads(clusterReleases),
    allows(clusterCredentials, 'get'),
    reads(namespaces),
    allows(rules, 'list'),
    reads(certificateSigningRequests),
    {
      group: certificateSigningRequests.group,
      resource: `${certificateSigningRequests.plural}/approval`,
      verbs: ['patch'],
    },
    {
      group: certificateSigningRequests.group,
      resource: `${certificateSigningRequests.plural}/status`,
      verbs: ['patch'],
    },
    {
      group: certificateSigningRequests.group,
      resource: 'signers',
      verbs: ['approve', 'sign'],
      names: [`${SIGNER_PREFIX}*`],
    },
    allows(subjectAccessReviews, 'create'),
    ...clusterAPIAccess,
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
  namespaced: [
    allows(secrets, 'get', 'create', 'patch', 'delete'),
    allows(configMaps, 'get'),
    allows(jobs, 'get', 'create'),
    { ...allows(configMaps, 'get'), namespace: 'kube-public', names: ['cluster-info'] },
  ],
};
