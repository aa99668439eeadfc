/** The process: `node controllers/tanzu-cluster/main.ts --help`. */
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
import { runProcess } from '../../runtime/process/process.ts';
import { BY_NAMESPACE, namespaceOf, tanzuClusterAccess } from './access.ts';
import { TANZU_CLUSTER_FLAGS } from './flags.ts';
import { MADE_TYPES, reconcileSource, type TanzuTools } from './reconcile.ts';
import { clusterAPISource, type Source, tanzuSource } from './source.ts';
import { sourceKeysOf } from './source-mark.ts';

await runProcess({
  name: tanzuClusterAccess.name,
  leaderElection: true,
  flags: TANZU_CLUSTER_FLAGS,
  setup: async (context) => {
    const made = context.informer(clusters);
    const namespaces = context.informer(coreNamespaces);
    const releases = context.informer(clusterReleases);
    const tools: TanzuTools = {
      client: context.client,
      events: context.events,
      namespaces: namespaces.store,
      releases: releases.store,
      defaultType: typeOf(context.flags),
      now: Date.now,
    };
    const controllerOf = <T extends KubeObject>(source: Source<T>): Controller => {
      const cache = context.informer(source.resource, { indexes: { [BY_NAMESPACE]: namespaceOf } });
      return new Controller({
        name: `tanzu-${source.resource.plural}`,
        watches: [
          watchOwn(cache),
          watch(made, (cluster) => sourceKeysOf(cluster, source.resource.kind)),
          watch(namespaces, ({ metadata }) =>
            cache.store.byIndex(BY_NAMESPACE, metadata.name).map((each) => keyOf(each.metadata)),
          ),
          watch(releases, () => cache.store.list().map((each) => keyOf(each.metadata))),
        ],
        reconcile: (key) => reconcileSource(cache.store.get(key), source, tools),
        log: context.log,
        metrics: context.metrics,
      });
    };
    const isServed = await servesClusterAPI(context.client);
    context.log.info('sources', { clusterAPI: isServed });
    const controllers = [controllerOf(tanzuSource), ...(isServed ? [controllerOf(clusterAPISource)] : [])];
    return {
      run: async (signal: AbortSignal) => {
        await Promise.all(controllers.map((each) => each.run(signal)));
      },
    };
  },
});

function typeOf({ type }: Flags): ClusterType {
  const found = MADE_TYPES.find((each) => each === type);
  if (found === undefined) throw new UsageError(`--type is ${MADE_TYPES.join(' or ')}`);
  return found;
}

/** Whether that API is there is looked up once: a cache of a kind that is not served never becomes ready. */
async function servesClusterAPI(client: Client): Promise<boolean> {
  try {
    await client.list(clusterAPIClusters);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
