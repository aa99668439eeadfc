/** Finds the Cluster API objects of a cluster, for every step. */
import { isNotFound } from '../../../runtime/errors.ts';
import type { StepContext } from '../provider.ts';
import { type Observed, observe } from './observed.ts';
import { API_VERSIONS, type ApiVersion, type CapiObject, capiClusters } from './resources.ts';

export interface Place {
  readonly apiVersion: ApiVersion;
  readonly namespace: string;
  readonly name: string;
  /** The Cluster of Cluster API of that name; undefined when there is none. */
  readonly object: CapiObject | undefined;
}

type HubAndCluster = Pick<StepContext, 'client' | 'cluster' | 'namespace'>;

/** Returns undefined where the hub does not serve Cluster API. */
export async function placeOf({ client, cluster, namespace: installation }: HubAndCluster): Promise<Place | undefined> {
  const { name } = cluster.metadata;
  const namespace = namespaceOf(cluster, installation);
  for (const apiVersion of API_VERSIONS) {
    try {
      // A list, because a GET answers 404 both for a missing object and for a kind that is not served.
      const [object] = await client.list(capiClusters(apiVersion), {
        namespace,
        fieldSelector: `metadata.name=${name}`,
      });
      return { apiVersion, namespace, name, object };
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

/** The namespace of the Cluster API objects of a cluster. `installation` is the default. */
export function namespaceOf({ spec }: StepContext['cluster'], installation: string): string {
  const named = spec.clusterAPI?.namespace;
  return named === undefined || named === '' ? installation : named;
}

/**
 * The Cluster of Cluster API if it was created for this cluster; undefined when there is none, or it was created for
 * something else.
 */
export function ownIn({ object }: Place, { metadata }: StepContext['cluster']): Observed | undefined {
  const observed = object === undefined ? undefined : observe(object);
  return observed?.owner === metadata.uid && metadata.uid !== undefined ? observed : undefined;
}
