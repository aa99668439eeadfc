/** Labels, annotations and the finalizer of clusters and of what belongs to them. */

/** Label: the tenant that may use a Secret or ConfigMap. Without this check, a Cluster could use another tenant's Secret by naming it. */
export const TENANT_LABEL = 'platform.tkestack.io/tenant';
/** Label: `true` on a ConfigMap that every tenant may use. */
export const ALL_TENANTS_LABEL = 'platform.tkestack.io/all-tenants';
/** Label: the Cluster that an object was created for. */
export const CLUSTER_LABEL = 'platform.tkestack.io/cluster';
/** Annotation of a Cluster: if `required`, an upgrade that changes permissions waits for a review. */
export const REVIEW_PERMISSIONS = 'platform.tkestack.io/review-permissions';
/** Annotation of a Cluster: the version whose effect on permissions was reviewed. */
export const PERMISSIONS_REVIEWED = 'platform.tkestack.io/permissions-reviewed';
/** Finalizer of a Cluster: its provider must remove what it created. */
export const CLUSTER_FINALIZER = 'platform.tkestack.io/cluster';
/** The organization in the client certificates with which clusters call the authorizer. The common name is the cluster's name. */
export const CLUSTER_ORGANIZATION = 'steward:clusters';
