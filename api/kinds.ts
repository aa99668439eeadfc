/** Every kind. CRDs, the reference and the validation of manifests derive from this list. */
import { grants } from './auth/grant.ts';
import { groups } from './auth/group.ts';
import { localGroups } from './auth/local-group.ts';
import { policies } from './auth/policy.ts';
import { projectPolicyBindings } from './auth/project-policy-binding.ts';
import { roles } from './auth/role.ts';
import { rules } from './auth/rule.ts';
import { namespaces } from './business/namespace.ts';
import { projects } from './business/project.ts';
import { clusters } from './platform/cluster.ts';
import { clusterCredentials } from './platform/cluster-credential.ts';
import { clusterPlans } from './platform/cluster-plan.ts';
import { clusterReleases } from './platform/cluster-release.ts';
import type { Kind } from './schema/define-kind.ts';
import { tanzuKubernetesClusters } from './tanzu/tanzu-kubernetes-cluster.ts';

export const KINDS: readonly Kind[] = [
  policies,
  roles,
  groups,
  localGroups,
  projectPolicyBindings,
  grants,
  rules,
  projects,
  namespaces,
  clusters,
  clusterPlans,
  clusterReleases,
  clusterCredentials,
  tanzuKubernetesClusters,
];
