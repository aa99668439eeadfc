/**
 * Finds the objects that keep a cluster from being removed: another cluster of its name would inherit them. Only
 * objects of the cluster's own tenant count. Otherwise another tenant could block the removal by naming the cluster,
 * and the status would show the names of that tenant's objects. Pure.
 */
import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import type { Cluster } from '../../api/platform/cluster.ts';

/** `inside` are the Namespaces that name the cluster. Returns a description of each blocker, for a message. */
export function deletionBlockers(cluster: Pick<Cluster, 'spec'> | undefined, inside: readonly Namespace[]): string[] {
  // The tenant is unknown, so all of them count, and none is named.
  if (cluster === undefined)
    return inside.length === 0 ? [] : [`${inside.length} ${namespaces.plural} of ${namespaces.group}`];
  return inside
    .filter(({ spec }) => spec.tenantID === cluster.spec.tenantID)
    .map(({ metadata }) => `Namespace ${metadata.namespace ?? ''}/${metadata.name} of ${namespaces.group}`);
}
