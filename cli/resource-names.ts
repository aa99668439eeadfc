/** Resolves resource names as users type them: plural, singular or short, with or without the API group. */
import pluralize from 'pluralize';
import { KINDS } from '../api/kinds.ts';
import { clusterScopedGroup } from '../authorization/webhook/cluster-scoped.ts';

/** The short names of a plain API server. Those of custom resources are unknown here: only a cluster lists them. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  cj: 'cronjobs',
  cm: 'configmaps',
  cs: 'componentstatuses',
  csr: 'certificatesigningrequests',
  crd: 'customresourcedefinitions',
  deploy: 'deployments',
  ds: 'daemonsets',
  ep: 'endpoints',
  ev: 'events',
  hpa: 'horizontalpodautoscalers',
  ing: 'ingresses',
  limits: 'limitranges',
  netpol: 'networkpolicies',
  no: 'nodes',
  ns: 'namespaces',
  pc: 'priorityclasses',
  pdb: 'poddisruptionbudgets',
  po: 'pods',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  quota: 'resourcequotas',
  rc: 'replicationcontrollers',
  rs: 'replicasets',
  sa: 'serviceaccounts',
  sc: 'storageclasses',
  sts: 'statefulsets',
  svc: 'services',
};

/** Resources of Steward that Kubernetes has too. Without a group, the one of Kubernetes is meant. */
const ALSO_BUILT_IN = ['namespaces', 'roles'];

export interface ResourceName {
  /** Empty for the core group, and for resources whose group makes no difference to policies. */
  readonly group: string;
  readonly resource: string;
}

/** The group and plural of what was typed, such as `deploy`, `deployment.apps` or `projects`. */
export function resourceNamed(typed: string): ResourceName {
  const [word = '', ...groupParts] = typed.toLowerCase().split('.');
  const group = groupParts.join('.');
  const own = KINDS.find(({ options, plural }) => {
    const names = [plural, options.singular, ...options.shortNames];
    return names.includes(word) && (group === '' ? !ALSO_BUILT_IN.includes(plural) : group === options.group);
  });
  if (own !== undefined) return { group: own.group, resource: own.plural };
  const resource = SHORT_NAMES[word] ?? pluralize.plural(word);
  // For other resources the group makes no difference to policies.
  return {
    group: group === '' && !ALSO_BUILT_IN.includes(resource) ? (clusterScopedGroup(resource) ?? '') : group,
    resource,
  };
}
