/** Every kind. CRDs, the reference and the validation of manifests derive from this list. */
import { OWNER_KINDS } from './auth/owner-kinds.ts';
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
  ...OWNER_KINDS,
  rules,
  projects,
  namespaces,
  clusters,
  clusterPlans,
  clusterReleases,
  clusterCredentials,
  tanzuKubernetesClusters,
];
