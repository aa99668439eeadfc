/** Where the Cluster API objects of a cluster are, and what is there now. Used by every step. */
import { isNotFound } from '../../../runtime/errors.ts';
import type { StepContext } from '../provider.ts';
import { type Observed, observe } from './observed.ts';
import { API_VERSIONS, type ApiVersion, type CapiObject, capiClusters } from './resources.ts';

export interface Place {
  readonly apiVersion: ApiVersion;
  readonly namespace: string;
  readonly name: string;
  /** The Cluster of Cluster API; undefined when there is none. */
  readonly object: CapiObject | undefined;
}

type Where = Pick<StepContext, 'client' | 'cluster' | 'namespace'>;

/** Undefined where Cluster API is not served at all. */
export async function placeOf({ client, cluster, namespace: installation }: Where): Promise<Place | undefined> {
  const { name } = cluster.metadata;
  const namespace = namespaceOf(cluster, installation);
  for (const apiVersion of API_VERSIONS) {
    try {
      // A list, since a single object that is not there and a kind that is not served are both 404.
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

/** That of the Cluster API objects of a cluster. */
export function namespaceOf({ spec }: StepContext['cluster'], installation: string): string {
  const named = spec.clusterAPI?.namespace;
  return named === undefined || named === '' ? installation : named;
}

/** The Cluster of Cluster API that was made for this cluster; undefined when there is none, or it is somebody else's. */
export function ownIn({ object }: Place, { metadata }: StepContext['cluster']): Observed | undefined {
  const observed = object === undefined ? undefined : observe(object);
  return observed?.owner === metadata.uid && metadata.uid !== undefined ? observed : undefined;
}
