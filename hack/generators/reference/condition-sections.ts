/** What docs/reference/conditions.md is made of: the types of conditions with their meanings, beside the registries of reasons. */
import { OWNER_REASONS, RULE_REASONS } from '../../../api/auth/reasons.ts';
import { CLUSTER_REASONS, CREDENTIAL_REQUEST_REASONS } from '../../../api/platform/reasons.ts';
import { TANZU_CLUSTER_REASONS } from '../../../api/platform/tanzu-reasons.ts';
import { clusterAPIProvider } from '../../../clusters/providers/cluster-api/provider.ts';
import { importedProvider } from '../../../clusters/providers/imported/provider.ts';
import { localProvider } from '../../../clusters/providers/local/provider.ts';
import type { ConditionSection, ProviderSteps } from './conditions-page.ts';

export const SECTIONS: readonly ConditionSection[] = [
  {
    title: 'Policy, Role, Group, LocalGroup, ProjectPolicyBinding and Grant',
    intro: 'The kinds that own Rules. `status.missing` lists missing references, and `status.rules` counts the Rules.',
    conditions: {
      Ready: 'All Rules of the object are written, and every live authorizer replica has applied what they take away.',
    },
    reasons: OWNER_REASONS,
  },
  {
    title: 'Rule',
    intro:
      'Only a Rule that does not count has a condition, and only with `--keep-unowned-rules`; otherwise the rule controller removes it and records an Event.',
    conditions: { Honoured: 'The authorizer decides by the Rule.' },
    reasons: RULE_REASONS,
  },
  {
    title: 'Cluster',
    intro:
      'Ready summarizes all other conditions. A Ready cluster becomes not Ready only after three consecutive failed checks.',
    conditions: {
      Ready: 'The cluster matches its spec, and its API server answers.',
      Reconciling: 'A step is in progress or waits. Present only then.',
      Stalled: 'A step or a check failed. Present only then. What can be retried is retried.',
      Paused: '`spec.paused` is true. False while Cluster API finishes what it began.',
      PermissionsReviewed: 'What the requested upgrade does to permissions: [upgrades.md](../upgrades.md).',
      Reachable:
        'The API server answers. Written by the cluster health controller: [fleet-health.md](../fleet-health.md).',
      Authorized: 'The API server accepts the credential. Written by the cluster health controller.',
      Healthy: '/readyz of the API server says ok. Written by the cluster health controller.',
      'Hook-NAME': 'The hook NAME of `spec.hooks` is complete.',
    },
    reasons: CLUSTER_REASONS,
  },
  {
    title: 'TanzuKubernetesCluster',
    intro: 'Ready repeats the Ready condition of the Cluster, unless one of these reasons applies.',
    conditions: {
      Ready: 'The Cluster exists and is Ready.',
      FullyMapped: 'Every field of the manifest has an effect. Otherwise `status.unmappedFields` lists those without.',
      ControlPlaneReady: 'All control plane replicas are ready.',
      NodePoolsReady: 'All workers are ready.',
    },
    reasons: TANZU_CLUSTER_REASONS,
  },
  {
    title: 'CertificateSigningRequest for a cluster',
    intro: 'Requests for the signer `platform.tkestack.io/CLUSTER`, as `kubectl steward get-credentials` creates them.',
    conditions: {
      Approved: 'The requester gets a client certificate of the cluster.',
      Denied: 'The requester gets none.',
    },
    reasons: CREDENTIAL_REQUEST_REASONS,
  },
];

/** The providers are only asked for the names of their steps; no step runs, so the tools that steps use are not there. */
export const PROVIDERS: readonly ProviderSteps[] = [
  importedProvider({ list: () => [] }),
  localProvider({} as Parameters<typeof localProvider>[0]),
  clusterAPIProvider({ authorization: undefined }),
];
