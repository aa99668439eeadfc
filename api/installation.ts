/**
 * The names by which the parts of an installation find and trust each other. Each stands here once: where a writer and a
 * reader spell a name differently, nothing fails, the reader just finds nothing. processes/installation.test.ts holds the
 * manifests in config/ to these names. Pure.
 */

/** The namespace of the processes, their Leases, and the Secrets of member clusters. RBAC, admission and the CRDs name it too. */
export const INSTALLATION_NAMESPACE = 'steward-system';

/**
 * The name of each process, which is also that of its ServiceAccount, its Lease and its field manager. If the authorizer
 * wrote its Lease under another name than the controllers wait for, they would find no replica, and report every revocation as
 * in force while replicas still answer from older rules.
 */
export const PROCESS_NAMES = {
  authorizer: 'steward-authorizer',
  cluster: 'steward-cluster-controller',
  clusterHealth: 'steward-cluster-health-controller',
  grant: 'steward-grant-controller',
  group: 'steward-group-controller',
  policy: 'steward-policy-controller',
  projectPolicyBinding: 'steward-project-policy-binding-controller',
  role: 'steward-role-controller',
  rule: 'steward-rule-controller',
  tanzuCluster: 'steward-tanzu-cluster-controller',
} as const;

/** The cluster id of the hub itself, and the common name of its client certificate. No Cluster object can take it. */
export const HUB = 'global';

/** Where the authorizer answers the hub. Each member cluster asks below it: see `webhookPathOf`. */
export const WEBHOOK_PATH = '/auth/authz';

/** The path at which a cluster asks. The webhook compares the cluster in it with the client certificate's. */
export function webhookPathOf(cluster: string): string {
  return cluster === HUB ? WEBHOOK_PATH : `${WEBHOOK_PATH}/${cluster}`;
}

/** Signers of CertificateSigningRequests: this prefix and the name of a Cluster. RBAC allows the controller no other signer. */
export const SIGNER_PREFIX = 'platform.tkestack.io/';

/** The signer of client certificates of a member cluster. */
export function signerOf(cluster: string): string {
  return SIGNER_PREFIX + cluster;
}

/** The key of a user's extra that names their tenant. It outweighs the tenant group. */
export const TENANT_EXTRA = 'tenantid';

/**
 * A group of a user that names their tenant, for credentials that carry no extra: this prefix and the tenant. If two readers
 * of it disagreed, the same user would belong to different tenants in different places.
 */
export const TENANT_GROUP_PREFIX = 'tenant:';

/** The group that puts a user into a tenant. */
export function tenantGroup(tenant: string): string {
  return TENANT_GROUP_PREFIX + tenant;
}

/** A group that restricts a credential to a project, or chooses it (`--project-from-groups`): this prefix and the project. */
export const PROJECT_GROUP_PREFIX = 'project:';
