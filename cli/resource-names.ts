/** Resources as people type them: plural, singular or short, with or without the API group. */
import pluralize from 'pluralize';
import { KINDS } from '../api/kinds.ts';
import { clusterScopedGroup } from '../authorization/webhook/cluster-scoped.ts';

/** What kubectl lists for a plain API server; custom resources have their own, which only a cluster knows. */
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

/** Kinds of ours whose names Kubernetes has as well; without a group those are meant. */
const ALSO_BUILT_IN = ['namespaces', 'roles'];

export interface ResourceName {
  /** Empty for the core group, and where the group makes no difference. */
  readonly group: string;
  readonly resource: string;
}

/** `deploy`, `deployment.apps`, `projects` → group and plural. */
export function resourceNamed(typed: string): ResourceName {
  const [word = '', ...groupParts] = typed.toLowerCase().split('.');
  const group = groupParts.join('.');
  const own = KINDS.find(({ options, plural }) => {
    const names = [plural, options.singular, ...options.shortNames];
    return names.includes(word) && (group === '' ? !ALSO_BUILT_IN.includes(plural) : group === options.group);
  });
  if (own !== undefined) return { group: own.group, resource: own.plural };
  const resource = SHORT_NAMES[word] ?? pluralize.plural(word);
  // Elsewhere the group makes no difference to a policy.
  return {
    group: group === '' && !ALSO_BUILT_IN.includes(resource) ? (clusterScopedGroup(resource) ?? '') : group,
    resource,
  };
}
