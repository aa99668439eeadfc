/** The client certificate with which the hub's kube-apiserver asks the authorizer. */
import { HUB } from '../../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import type { Authority, IssuedCertificate } from '../../clusters/controlplane/certificates.ts';

/** Issues one that is valid for `days`; a day may be a fraction. */
export function issueHubCertificate(authority: Authority, days = 1): Promise<IssuedCertificate> {
  return authority.issue({ commonName: HUB, organizations: [CLUSTER_ORGANIZATION], usages: ['client'], days });
}
