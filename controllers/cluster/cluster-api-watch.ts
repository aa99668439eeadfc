/**
 * Which clusters have news from Cluster API. In: the Clusters of Cluster API that were made for ours, wherever that is
 * served. Out: the names of ours. A hub without it, or one that gets it later, is no failure: steps read what they need
 * themselves, so this only makes them run sooner.
 */

import type { Resource } from '../../api/object.ts';
import { CLUSTER_LABEL } from '../../api/platform/labels.ts';
import {
  API_VERSIONS,
  type CapiObject,
  capiClusters,
  madeFor,
} from '../../clusters/providers/cluster-api/resources.ts';
import { abortableSleep } from '../../runtime/abort.ts';
import { type Change, Informer } from '../../runtime/cache/informer.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isNotFound, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Watch } from '../../runtime/loop/controller.ts';

/** How often a hub without Cluster API is asked for it. */
const LOOK_MS = 60_000;
const AGAIN_MS = 2_000;

export interface ClusterAPIWatch extends Watch {
  /** Follows Cluster API from when it is served until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchTools {
  readonly client: Pick<Client, 'listWithVersion' | 'watch'>;
  readonly log: Logger;
}

export function clusterAPIWatch({ client, log }: WatchTools): ClusterAPIWatch {
  const handlers: ((keys: Iterable<string>) => void)[] = [];
  return {
    // Nothing waits for it.
    synced: Promise.resolve(),
    allKeys: () => [],
    onKeys: (handler) => void handlers.push(handler),
    run: async (signal) => {
      const resource = await served({ client, log }, signal);
      if (resource === undefined) return;
      const informer = new Informer({ resource, client, log, labelSelector: CLUSTER_LABEL, transform: slim });
      informer.onChange(({ object }: Change<CapiObject>) => handlers.forEach((handle) => handle(madeFor(object))));
      await informer.start(signal);
    },
  };
}

/** In the version that is preferred of those that are served; undefined when `signal` aborts first. */
async function served(tools: WatchTools, signal: AbortSignal): Promise<Resource<CapiObject> | undefined> {
  while (!signal.aborted) {
    const found = await look(tools);
    if (found !== 'none' && found !== 'unclear') return found;
    await abortableSleep(found === 'none' ? LOOK_MS : AGAIN_MS, signal);
  }
  return undefined;
}

/** A server that has just learned of a kind says for a moment that it can't tell. */
async function look({ client, log }: WatchTools): Promise<Resource<CapiObject> | 'none' | 'unclear'> {
  for (const resource of API_VERSIONS.map(capiClusters)) {
    try {
      await client.listWithVersion(resource, { labelSelector: CLUSTER_LABEL });
      return resource;
    } catch (error) {
      if (isNotFound(error)) continue;
      log.info('whether cluster api is served is not clear', { version: resource.version, error: messageOf(error) });
      return 'unclear';
    }
  }
  return 'none';
}

/** All that a change has to tell is whom it is about. */
function slim({ apiVersion, kind, metadata }: CapiObject): CapiObject {
  const { name, namespace = '', uid = '', resourceVersion = '', labels = {} } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, labels } };
}
