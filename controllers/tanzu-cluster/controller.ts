/**
 * Creates a Cluster from each TanzuKubernetesCluster, and from each Cluster of Cluster API with the Tanzu class, keeps
 * the two in step, and reports the result on the object.
 *
 * Watches these objects, the Namespaces that they are in, our Clusters, and ClusterReleases. The label
 * platform.tkestack.io/tenant of the Namespace alone decides which tenant the Cluster belongs to: nothing in the object
 * can. A Cluster that was not created from the object is left alone. Deleting the object deletes its Cluster.
 */
import { coreNamespaces } from '../../api/kubernetes/core.ts';
import { type KubeObject, keyOf } from '../../api/object.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { clusterAPIClusters } from '../../api/tanzu/cluster-api-cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isNotFound } from '../../runtime/errors.ts';
import { Controller, watch, watchOwn } from '../../runtime/loop/controller.ts';
import { type Flags, UsageError } from '../../runtime/process/flags.ts';
import type { ProcessContext, Running } from '../../runtime/process/process.ts';
import { CREATED_TYPES } from './namespace-settings.ts';
import { reconcileSource, type TanzuTools } from './reconcile.ts';
import { clusterAPISource, type Source, tanzuSource } from './source.ts';
import { sourceKeysOf } from './source-mark.ts';

const BY_NAMESPACE = 'namespace';

/** Creates the caches. Returns the work of the leader: one controller for each kind of source. */
export async function tanzuControllers(context: ProcessContext): Promise<Running> {
  const created = context.informer(clusters);
  const namespaces = context.informer(coreNamespaces);
  const releases = context.informer(clusterReleases);
  const tools: TanzuTools = {
    client: context.client,
    events: context.events,
    namespaces: namespaces.store,
    releases: releases.store,
    defaultType: typeIn(context.flags),
    now: Date.now,
  };
  const controllerFor = <T extends KubeObject>(source: Source<T>): Controller => {
    const cache = context.informer(source.resource, {
      indexes: { [BY_NAMESPACE]: ({ metadata }: KubeObject) => [metadata.namespace ?? ''] },
    });
    const keys = (objects: readonly T[]): string[] => objects.map(({ metadata }) => keyOf(metadata));
    return new Controller({
      name: `tanzu-${source.resource.plural}`,
      watches: [
        watchOwn(cache),
        watch(created, (cluster) => sourceKeysOf(cluster, source.resource.kind)),
        watch(namespaces, ({ metadata }) => keys(cache.store.byIndex(BY_NAMESPACE, metadata.name))),
        watch(releases, () => keys(cache.store.list())),
      ],
      reconcile: (key) => reconcileSource(cache.store.get(key), source, tools),
      log: context.log,
      metrics: context.metrics,
    });
  };
  const isServed = await servesClusterAPI(context.client);
  context.log.info('sources of clusters', { tanzu: true, clusterAPI: isServed });
  const controllers = [controllerFor(tanzuSource), ...(isServed ? [controllerFor(clusterAPISource)] : [])];
  return {
    run: async (signal) => {
      await Promise.all(controllers.map((each) => each.run(signal)));
    },
  };
}

function typeIn({ type }: Flags): ClusterType {
  const found = CREATED_TYPES.find((each) => each === type);
  if (found === undefined) throw new UsageError(`--type must be ${CREATED_TYPES.join(' or ')}`);
  return found;
}

/** Checked once, at the start: the cache of a kind that is not served would never become ready. */
async function servesClusterAPI(client: Client): Promise<boolean> {
  try {
    await client.list(clusterAPIClusters);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
