/**
 * The reasons in the conditions and events of a Cluster, and of the CertificateSigningRequests for its credentials.
 * Code takes a reason by its type, so the compiler finds one that is not registered. docs/reference/conditions.md is
 * generated from these registries.
 */
import type { ReasonDoc } from '../schema/reason.ts';
import { HEALTH_REASONS } from './health-reasons.ts';
import { STEP_REASONS } from './step-reasons.ts';

const NOTHING = 'Nothing.';

/** What stops a Cluster before its first step: its goal, the preflight checks, the review of an upgrade. */
const GOAL_REASONS = {
  ProviderMissing: {
    meaning: 'This installation has no provider for the type of the cluster.',
    action: 'Choose another type, or have an administrator start the cluster controller with that provider.',
  },
  PlanNotFound: {
    meaning: 'The ClusterPlan that the cluster names does not exist.',
    action: 'Create the plan, or name one that `kubectl get clusterplans` lists.',
  },
  PlanMismatch: {
    meaning: 'The ClusterPlan is for clusters of another type.',
    action: 'Name a plan for the type of this cluster.',
  },
  VersionMissing: {
    meaning: 'Neither the cluster nor its plan names a version, and the channel of the plan offers no ClusterRelease.',
    action: 'Set `spec.version`, or have an administrator offer a ClusterRelease in that channel.',
  },
  VersionNotAllowed: {
    meaning: 'The version is not in the list `k8sValidVersions` of ConfigMap kube-public/cluster-info.',
    action: 'Choose a version from the list in the message.',
  },
  VersionNotOffered: {
    meaning: 'No ClusterRelease has this version for clusters of this type.',
    action: 'Choose one of the offered versions in the message.',
  },
  ReleaseWithdrawn: { meaning: 'The ClusterRelease is withdrawn.', action: 'Choose another version.' },
  ReleaseNotYetSupported: {
    meaning: 'The support of the ClusterRelease starts later.',
    action: 'Wait until the time in the message, or choose an older version.',
  },
  ReleaseUnsupported: { meaning: 'The ClusterRelease is out of support.', action: 'Choose a newer version.' },
  ReleaseDateInvalid: {
    meaning: 'Steward cannot read a date of the ClusterRelease, so the release is not offered.',
    action: 'Have an administrator correct the date, or choose another version.',
  },
  Downgrade: {
    meaning: 'The requested version is older than the version of the cluster.',
    action: 'Set `spec.version` to the current version or a later one.',
  },
  MinorSkipped: {
    meaning: 'The upgrade would skip a minor version, which Kubernetes does not support.',
    action: 'Upgrade to the next minor version first.',
  },
  UpgradeNotOffered: {
    meaning: 'The ClusterRelease of the current version does not list the requested version as an upgrade.',
    action: 'Choose one of the versions in the message.',
  },
  TooSmall: { meaning: 'A size is below the minimum of the plan.', action: 'Request at least the minimum.' },
  TooBig: { meaning: 'A size is above the maximum of the plan.', action: 'Request at most the maximum.' },
  CIDRInvalid: { meaning: 'A network range is not a CIDR.', action: 'Correct the range in the message.' },
  CIDROverlap: {
    meaning: '`clusterCIDR` and `serviceCIDR` share addresses.',
    action: 'Choose ranges that do not overlap.',
  },
  CIDRTooSmall: {
    meaning: 'A network range is too small for the requested nodes, or for services at all.',
    action: 'Choose a larger range, or request fewer nodes.',
  },
  CIDRTooBig: {
    meaning: '`serviceCIDR` is larger than a kube-apiserver accepts.',
    action: 'Choose a range of at most the size in the message.',
  },
  ReviewRequired: {
    meaning: 'The upgrade may change permissions, and an annotation asks for a review first.',
    action: 'Read the condition PermissionsReviewed, then run the kubectl command in the message.',
  },
  NotStoppable: {
    meaning: 'Clusters of this type cannot be stopped.',
    action: 'Set `spec.stopped` to false.',
  },
  DeletionProtected: {
    meaning: 'The cluster is being deleted, but `spec.deletionProtection` is true.',
    action: 'Set `spec.deletionProtection` to false. The deletion then continues.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

/** What Ready, Reconciling and Paused say about the work on a Cluster. */
const PROGRESS_REASONS = {
  Ready: {
    meaning: 'The cluster matches its spec; in the condition Healthy: /readyz of its API server says ok.',
    action: NOTHING,
  },
  Succeeded: { meaning: 'Event: the last action (CREATE, UPGRADE and so on) is finished.', action: NOTHING },
  Creating: { meaning: 'The cluster is being created.', action: 'Wait. The message names the current step.' },
  Upgrading: { meaning: 'The cluster is being upgraded.', action: 'Wait. The message names the current step.' },
  Resizing: { meaning: 'The cluster is being resized.', action: 'Wait. The message names the current step.' },
  Updating: {
    meaning: 'A change that is neither an upgrade nor a resize is being applied.',
    action: 'Wait. The message names the current step.',
  },
  Stopping: { meaning: 'The cluster is being stopped.', action: 'Wait. The message names the current step.' },
  Starting: { meaning: 'A stopped cluster is being started.', action: 'Wait. The message names the current step.' },
  Deleting: { meaning: 'The cluster is being removed.', action: 'Wait. The message names the current step.' },
  Terminating: {
    meaning: 'The deletion waits until the business Namespaces in the cluster are gone.',
    action: 'Delete the Namespaces in the message.',
  },
  Stopped: {
    meaning: '`spec.stopped` is true. The processes are stopped; their data is kept.',
    action: 'Set `spec.stopped` to false to start the cluster again.',
  },
  Pausing: {
    meaning: '`spec.paused` is true, and Cluster API is finishing what it began.',
    action: 'Wait, or set `spec.paused` to false to continue.',
  },
  Paused: {
    meaning: '`spec.paused` is true. Nothing is changed, and a deletion waits.',
    action: 'Set `spec.paused` to false to continue.',
  },
  Done: { meaning: 'The step is done.', action: NOTHING },
  StepFailed: {
    meaning: 'The step failed with an unexpected error. It is retried.',
    action: 'Read the message. If the error stays, read the log of the cluster controller.',
  },
  GoalMissing: {
    meaning: 'A step ran without a goal. This is a defect of the controller.',
    action: 'Report it with the log of the cluster controller.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

/** Conditions `Hook-NAME`. */
const HOOK_REASONS = {
  HookRunning: { meaning: 'The hook is not complete yet.', action: 'Wait for the Job or the server in the message.' },
  HookFailed: {
    meaning: 'The Job failed, or the server did not give a valid answer.',
    action: 'Read the log of the Job and delete the Job to run it again, or correct the server.',
  },
  HookUnreachable: {
    meaning: 'The server of the hook cannot be reached.',
    action: 'Check the address, and `webhook.caBundle` if the message names the certificate.',
  },
  HookNotFound: {
    meaning: 'The ConfigMap of the hook does not exist, or has no key job.yaml.',
    action: 'Create the ConfigMap in the namespace of the installation.',
  },
  HookInvalid: { meaning: 'The ConfigMap of the hook contains no batch/v1 Job.', action: 'Correct its key job.yaml.' },
  HookOfAnotherTenant: {
    meaning: 'The ConfigMap of the hook is not labelled for the tenant of the cluster.',
    action: 'Have an administrator add the label in the message, or name another ConfigMap.',
  },
  HookJobOfAnother: {
    meaning: 'A Job of the same name exists that was not created for this cluster.',
    action: 'Delete that Job.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

/** The condition PermissionsReviewed. */
const REVIEW_REASONS = {
  NothingChanges: { meaning: 'The upgrade changes no permission.', action: NOTHING },
  PermissionsGained: {
    meaning: 'A wildcard also matches something that the new version adds.',
    action: 'Check that the named users may have it, or narrow the policy.',
  },
  PermissionsLost: {
    meaning: 'A policy allows something that the new version no longer has.',
    action: 'Change the policy to the new name before the upgrade.',
  },
  DenialsLost: {
    meaning: 'A policy denies something that the new version no longer has.',
    action: 'Change the policy to the new name before the upgrade; otherwise the denial has no effect.',
  },
  ReviewFailed: {
    meaning: 'The review failed.',
    action: 'Read the message. The upgrade continues unless an annotation requires a review.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

/** Every reason in a condition or an event of a Cluster. */
export const CLUSTER_REASONS = {
  ...GOAL_REASONS,
  ...PROGRESS_REASONS,
  ...HOOK_REASONS,
  ...REVIEW_REASONS,
  ...STEP_REASONS,
  ...HEALTH_REASONS,
} as const satisfies Readonly<Record<string, ReasonDoc>>;
export type ClusterReason = keyof typeof CLUSTER_REASONS;

/**
 * Every reason in an Approved or Denied condition of a CertificateSigningRequest for `platform.tkestack.io/CLUSTER`.
 */
export const CREDENTIAL_REQUEST_REASONS = {
  MayGetCredentials: { meaning: 'The request is approved.', action: NOTHING },
  UsageNotAllowed: {
    meaning: 'The request asks for key usages other than those of a client certificate.',
    action: 'Request `client auth`, and at most `digital signature` and `key encipherment` with it.',
  },
  UserReserved: {
    meaning: 'The name of the requester starts with `system:`. The cluster would take it for one of its own accounts.',
    action: 'Ask as a user whose name does not start with `system:`.',
  },
  Forbidden: {
    meaning: 'The requester may not get credentials of the cluster.',
    action: 'Ask an administrator of the tenant for `createClusterCredentials` on the cluster.',
  },
  ClusterNotFound: { meaning: 'There is no Cluster of this name.', action: 'Check the name.' },
  NoSigner: {
    meaning: "Steward does not hold the key that signs the cluster's client certificates.",
    action: "Get credentials from the cluster's own administrator.",
  },
  TenantUnclear: {
    meaning: 'The requester claims more than one tenant.',
    action: 'Have the identity provider issue one `tenantid`.',
  },
  RequestInvalid: {
    meaning: 'The certificate request is malformed, or its key is not accepted.',
    action: 'Create the request again; `kubectl steward get-credentials` does it.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;
export type CredentialRequestReason = keyof typeof CREDENTIAL_REQUEST_REASONS;
