/**
 * Watches the Clusters of Cluster API that were created for ours, and queues ours when they change. The hub may serve
 * Cluster API only later, or never: steps read what they need themselves, so this watch only makes them run sooner.
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
const ABSENT_RETRY_MS = 60_000;
/** How soon a failed look-up is repeated. */
const FAILED_RETRY_MS = 2_000;

export interface ClusterAPIWatch extends Watch {
  /** Watches Cluster API as soon as it is served, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchTools {
  readonly client: Pick<Client, 'listWithVersion' | 'watch'>;
  readonly log: Logger;
}

export function clusterAPIWatch({ client, log }: WatchTools): ClusterAPIWatch {
  const handlers: ((keys: Iterable<string>) => void)[] = [];
  return {
    // The controller must not wait for an API that may never be served.
    synced: Promise.resolve(),
    allKeys: () => [],
    onKeys: (handler) => void handlers.push(handler),
    run: async (signal) => {
      const resource = await servedResource({ client, log }, signal);
      if (resource === undefined) return;
      const informer = new Informer({ resource, client, log, labelSelector: CLUSTER_LABEL, transform: slim });
      informer.onChange(({ object }: Change<CapiObject>) => handlers.forEach((handle) => handle(madeFor(object))));
      await informer.start(signal);
    },
  };
}

/** Waits until Cluster API is served. Returns the preferred served version; undefined when `signal` aborts first. */
async function servedResource(tools: WatchTools, signal: AbortSignal): Promise<Resource<CapiObject> | undefined> {
  while (!signal.aborted) {
    const found = await findServed(tools);
    if (found !== 'absent' && found !== 'failed') return found;
    await abortableSleep(found === 'absent' ? ABSENT_RETRY_MS : FAILED_RETRY_MS, signal);
  }
  return undefined;
}

/**
 * An API server that has just learned of a kind fails for a moment with other errors than 404: then nothing is known.
 */
async function findServed({ client, log }: WatchTools): Promise<Resource<CapiObject> | 'absent' | 'failed'> {
  for (const resource of API_VERSIONS.map(capiClusters)) {
    try {
      await client.listWithVersion(resource, { labelSelector: CLUSTER_LABEL });
      return resource;
    } catch (error) {
      if (isNotFound(error)) continue;
      log.info('cannot find out whether the hub serves Cluster API', {
        version: resource.version,
        error: messageOf(error),
      });
      return 'failed';
    }
  }
  return 'absent';
}

/** Keeps only what identifies the object: steps read the rest themselves. */
function slim({ apiVersion, kind, metadata }: CapiObject): CapiObject {
  const { name, namespace = '', uid = '', resourceVersion = '', labels = {} } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, labels } };
}
