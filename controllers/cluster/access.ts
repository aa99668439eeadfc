/** What the cluster controller may do on the hub. */
import { rules } from '../../api/auth/rule.ts';
import { namespaces } from '../../api/business/namespace.ts';
import { PROCESS_NAMES, SIGNER_PREFIX } from '../../api/installation.ts';
import { certificateSigningRequests, subjectAccessReviews } from '../../api/kubernetes/certificates.ts';
import { configMaps, jobs, secrets } from '../../api/kubernetes/core.ts';
import type { Resource } from '../../api/object.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterCredentials } from '../../api/platform/cluster-credential.ts';
import { clusterPlans } from '../../api/platform/cluster-plan.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import { clusterAPIAccess } from '../../clusters/providers/cluster-api/resources.ts';
import { type Access, type ProcessAccess, READ, reads } from '../../runtime/process/access.ts';

const may = ({ group, plural }: Resource, ...verbs: string[]): Access => ({ group, resource: plural, verbs });

export const clusterAccess: ProcessAccess = {
  name: PROCESS_NAMES.cluster,
  leaderElection: true,
  access: [
    may(clusters, ...READ, 'get', 'patch'),
    { group: clusters.group, resource: `${clusters.plural}/status`, verbs: ['patch'] },
    reads(clusterPlans),
    reads(clusterReleases),
    may(clusterCredentials, 'get'),
    reads(namespaces),
    may(rules, 'list'),
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
    may(subjectAccessReviews, 'create'),
    ...clusterAPIAccess,
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
  namespaced: [
    may(secrets, 'get', 'create', 'patch', 'delete'),
    may(configMaps, 'get'),
    may(jobs, 'get', 'create'),
    { ...may(configMaps, 'get'), namespace: 'kube-public', names: ['cluster-info'] },
  ],
};
