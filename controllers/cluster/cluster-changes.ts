/**
 * Watches Clusters, but ignores changes that the controller itself wrote to a status. Otherwise each failed step would
 * be retried at once, without end.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../api/platform/cluster.ts';
import { isHealthCondition } from '../../api/platform/cluster-status.ts';
import type { Change, Informer } from '../../runtime/cache/informer.ts';
import { type Watch, watchOwn } from '../../runtime/loop/controller.ts';

export function watchClusters(informer: Informer<Cluster>): Watch {
  return {
    ...watchOwn(informer),
    onKeys: (handler) =>
      informer.onChange((change) => {
        if (isRelevant(change)) handler([change.object.metadata.name]);
      }),
  };
}

/**
 * Whether a change needs another run. Health conditions count: another process writes them, and Ready depends on them.
 */
export function isRelevant({ object, old }: Pick<Change<Cluster>, 'object' | 'old'>): boolean {
  return old === undefined || !isDeepStrictEqual(relevantPart(object), relevantPart(old));
}

function relevantPart({ metadata, status }: Cluster): unknown {
  const { uid, generation, deletionTimestamp, finalizers, labels, annotations } = metadata;
  const health = (status?.conditions ?? []).filter(({ type }) => isHealthCondition(type));
  return { uid, generation, deletionTimestamp, finalizers, labels, annotations, health };
}
