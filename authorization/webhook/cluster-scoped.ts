/**
 * The cluster-scoped resources. A real request for one never carries a namespace, but `kubectl auth can-i` sends the
 * current one along, and it must not change the answer. A test compares this list with the discovery of a real
 * kube-apiserver. For custom resources, ask with `--all-namespaces`. Pure.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { rules } from '../../api/auth/rule.ts';

const BY_GROUP: Readonly<Record<string, readonly string[]>> = {
  '': ['componentstatuses', 'namespaces', 'nodes', 'persistentvolumes'],
  'admissionregistration.k8s.io': [
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  'auth.tkestack.io': [...OWNER_KINDS, rules].map(({ plural }) => plural),
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
  'business.tkestack.io': ['projects'],
  'certificates.k8s.io': ['certificatesigningrequests', 'clustertrustbundles'],
  'flowcontrol.apiserver.k8s.io': ['flowschemas', 'prioritylevelconfigurations'],
  'networking.k8s.io': ['ingressclasses', 'ipaddresses', 'servicecidrs'],
  'node.k8s.io': ['runtimeclasses'],
  'platform.tkestack.io': ['clusters', 'clusterplans', 'clusterreleases', 'clustercredentials'],
  'rbac.authorization.k8s.io': ['clusterroles', 'clusterrolebindings'],
  'resource.k8s.io': ['deviceclasses', 'resourceslices'],
  'scheduling.k8s.io': ['priorityclasses'],
  'storage.k8s.io': ['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments', 'volumeattributesclasses'],
};

/**
 * Whether a resource (its plural) of that API group is in no namespace. False for custom resources: they are not
 * listed.
 */
export function isClusterScoped(group: string, resource: string): boolean {
  return BY_GROUP[group]?.includes(resource) ?? false;
}

/** The API group of a cluster-scoped resource, by its plural; undefined for all other resources. */
export function clusterScopedGroup(resource: string): string | undefined {
  return Object.entries(BY_GROUP).find(([, resources]) => resources.includes(resource))?.[0];
}
