/**
 * Which clusters there is something to do for. In: every change of Cluster objects. Out: the names of those in which
 * somebody else changed something. What the controller itself writes to a status is no news to it: it would come back to a
 * step that failed at once, and for ever.
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
        if (isNews(change)) handler([change.object.metadata.name]);
      }),
  };
}

/** The health of a cluster, which another process writes, is part of Ready. */
export function isNews({ object, old }: Pick<Change<Cluster>, 'object' | 'old'>): boolean {
  return old === undefined || !isDeepStrictEqual(heeded(object), heeded(old));
}

function heeded({ metadata, status }: Cluster): unknown {
  const { uid, generation, deletionTimestamp, finalizers, labels, annotations } = metadata;
  const health = (status?.conditions ?? []).filter(({ type }) => isHealthCondition(type));
  return { uid, generation, deletionTimestamp, finalizers, labels, annotations, health };
}
