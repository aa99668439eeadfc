/**
 * What still says that it is in a cluster, and has to go first: another cluster of that name would inherit it. Pure. Only
 * what is of the cluster's own tenant counts: others could keep a cluster from going by naming it, and would be named in its status.
 */
import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import type { Cluster } from '../../api/platform/cluster.ts';

/** `inside` is what names the cluster. */
export function heldBy(cluster: Pick<Cluster, 'spec'> | undefined, inside: readonly Namespace[]): string[] {
  // Whose they are can't be told: none is named, and none passed over.
  if (cluster === undefined)
    return inside.length === 0 ? [] : [`${inside.length} ${namespaces.plural} of ${namespaces.group}`];
  return inside
    .filter(({ spec }) => spec.tenantID === cluster.spec.tenantID)
    .map(({ metadata }) => `Namespace ${metadata.namespace ?? ''}/${metadata.name} of ${namespaces.group}`);
}
