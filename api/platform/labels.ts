/** Names by which objects and certificates belong to a cluster. */

/** The tenant that may use a Secret or ConfigMap. Without it, another tenant's could be taken by its name. */
export const TENANT_LABEL = 'platform.tkestack.io/tenant';
/** `true` on a ConfigMap that every tenant may use. */
export const ALL_TENANTS_LABEL = 'platform.tkestack.io/all-tenants';
/** The Cluster that an object was made for. */
export const CLUSTER_LABEL = 'platform.tkestack.io/cluster';
/** Annotation of a Cluster: `required` when an upgrade that changes permissions waits until somebody has looked. */
export const REVIEW_PERMISSIONS = 'platform.tkestack.io/review-permissions';
/** Annotation of a Cluster: the version for which somebody has looked at that. */
export const PERMISSIONS_REVIEWED = 'platform.tkestack.io/permissions-reviewed';
/** On what a Cluster must be let go by: its provider has to remove what it made. */
export const CLUSTER_FINALIZER = 'platform.tkestack.io/cluster';
/** The organization in the client certificates with which clusters ask the authorizer; the common name is the cluster's. */
export const CLUSTER_ORGANIZATION = 'steward:clusters';
