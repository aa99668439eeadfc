/**
 * The reasons in the conditions and events of a TanzuKubernetesCluster. Its Ready also takes over those of its Cluster.
 */
import type { ReasonDoc } from '../schema/reason.ts';
import type { ClusterReason } from './reasons.ts';

/** The reasons that only a TanzuKubernetesCluster has, or that mean something of their own there. */
export const TANZU_CLUSTER_REASONS = {
  TenantMissing: {
    meaning: 'The Namespace does not say which tenant its clusters belong to.',
    action: 'Have an administrator label the Namespace with `platform.tkestack.io/tenant`.',
  },
  TypeUnknown: {
    meaning: 'The annotation `platform.tkestack.io/cluster-type` of the Namespace has an unknown value.',
    action: 'Set it to one of the types in the message.',
  },
  VersionNotFound: {
    meaning: 'No offered ClusterRelease matches the requested version.',
    action: 'Request one of the offered versions in the message.',
  },
  NoTopology: { meaning: 'The object has no `spec.topology`.', action: 'Set `spec.topology`.' },
  ClusterOfAnother: {
    meaning: 'A Cluster of this name exists that was not created from this object.',
    action: 'Rename the object, or delete that Cluster.',
  },
  TenantChanged: {
    meaning: 'The Namespace now belongs to another tenant than the Cluster.',
    action: 'Give the Namespace back to the first tenant, or delete the object and create it again.',
  },
  ClusterDeleting: {
    meaning: 'The Cluster is being deleted.',
    action: 'Wait. It is created again as soon as it is gone.',
  },
  Refused: {
    meaning: 'Admission refuses the Cluster.',
    action: 'Correct the field in the message.',
  },
  Waiting: { meaning: 'The cluster controller has not seen the Cluster yet.', action: 'Wait.' },
  Updating: { meaning: 'The cluster controller has not seen the last change yet.', action: 'Wait.' },
  Deleting: {
    meaning: 'The object waits until its Cluster is gone.',
    action: 'Wait. The message says what the Cluster waits for.',
  },
  NotTranslated: { meaning: 'Nothing has been translated yet.', action: 'See the condition Ready.' },
  EverythingMapped: { meaning: 'Every field has an effect.', action: 'Nothing.' },
  FieldsWithoutEffect: {
    meaning: 'Some fields have no effect.',
    action: 'Read them in `status.unmappedFields`, each with its reason.',
  },
  AllReady: { meaning: 'All replicas are ready.', action: 'Nothing.' },
  NotAllReady: { meaning: 'Some replicas are not ready.', action: 'Wait, or see the conditions of the Cluster.' },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

/** Every reason in a condition or an event of a TanzuKubernetesCluster. */
export type TanzuReason = keyof typeof TANZU_CLUSTER_REASONS | ClusterReason;
