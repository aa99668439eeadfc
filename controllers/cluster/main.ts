/** The process: `node controllers/cluster/main.ts --help`. */
import path from 'node:path';
import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import { certificateSigningRequests } from '../../api/kubernetes/certificates.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { clusterPlans } from '../../api/platform/cluster-plan.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { type AuthorizerSource, writeAuthorization } from '../../clusters/connections/authorization-files.ts';
import { clusterAPIProvider } from '../../clusters/providers/cluster-api/provider.ts';
import { importedProvider } from '../../clusters/providers/imported/provider.ts';
import { localProvider } from '../../clusters/providers/local/provider.ts';
import type { Provider } from '../../clusters/providers/provider.ts';
import { Controller, watch, watchOwn } from '../../runtime/loop/controller.ts';
import { type Flags, UsageError } from '../../runtime/process/flags.ts';
import { runProcess } from '../../runtime/process/process.ts';
import { BY_CLUSTER, BY_PLAN, clusterAccess, planOf } from './access.ts';
import { allowedVersions } from './allowed-versions.ts';
import { clusterAPIWatch } from './cluster-api-watch.ts';
import { watchClusters } from './cluster-changes.ts';
import { type CredentialTools, reconcileRequest } from './credential-requests.ts';
import { heldBy } from './deletion-blockers.ts';
import { CLUSTER_FLAGS } from './flags.ts';
import { permissionReview } from './permission-review.ts';
import { type ClusterTools, reconcileCluster } from './reconcile.ts';
import { Attempts } from './step-runner.ts';

/** Most of the time of a step is waiting: for a cluster that does not answer, for a process that ends. That must not keep others. */
const CONCURRENCY = 48;

await runProcess({
  name: clusterAccess.name,
  leaderElection: true,
  flags: CLUSTER_FLAGS,
  setup: (context) => {
    const cache = context.informer(clusters, { indexes: { [BY_PLAN]: planOf } });
    const plans = context.informer(clusterPlans);
    const releases = context.informer(clusterReleases);
    const inside = context.informer(namespaces, {
      indexes: { [BY_CLUSTER]: ({ spec }: Namespace) => [spec.clusterName] },
    });
    const clusterAPI = clusterAPIWatch(context);
    const source = sourceOf(context.flags);
    const providers = [
      importedProvider(cache.store),
      clusterAPIProvider({ authorization: source }),
      ...localOf(context.flags, source),
    ];
    const tools: ClusterTools = {
      client: context.client,
      events: context.events,
      namespace: String(context.flags['lease-namespace']),
      plans: plans.store,
      releases: releases.store,
      providers: new Map<ClusterType, Provider>(providers.map((provider) => [provider.type, provider])),
      allowedVersions: allowedVersions(context.client, Date.now),
      heldBy: (cluster) => heldBy(cache.store.get(cluster), inside.store.byIndex(BY_CLUSTER, cluster)),
      review: permissionReview({
        client: context.client,
        namespace: String(context.flags['lease-namespace']),
        userAgent: clusterAccess.name,
        now: Date.now,
      }),
      attempts: new Attempts(),
      verifiedAt: new Map(),
      now: Date.now,
    };
    const controller = new Controller({
      name: clusters.plural,
      watches: [
        watchClusters(cache),
        watch(plans, ({ metadata }) =>
          cache.store.byIndex(BY_PLAN, metadata.name).map((cluster) => cluster.metadata.name),
        ),
        watch(releases, () => cache.store.list().map(({ metadata }) => metadata.name)),
        watch(inside, ({ spec }) => [spec.clusterName]),
        clusterAPI,
      ],
      reconcile: (name, reconcile) => reconcileCluster(name, tools, reconcile),
      concurrency: CONCURRENCY,
      log: context.log,
      metrics: context.metrics,
    });
    const requests = context.informer(certificateSigningRequests);
    const credentials: CredentialTools = {
      client: context.client,
      requests: requests.store,
      clusters: cache.store,
      authorityOf: async (cluster) =>
        tools.providers
          .get(cluster.spec.type)
          ?.clientAuthority?.({ cluster, client: context.client, namespace: tools.namespace }),
      now: Date.now,
    };
    const signer = new Controller({
      name: requests.resource.plural,
      watches: [watchOwn(requests)],
      reconcile: (name) => reconcileRequest(name, credentials),
      log: context.log,
      metrics: context.metrics,
    });
    return Promise.resolve({
      run: async (signal: AbortSignal) => {
        await Promise.all([controller.run(signal), signer.run(signal), clusterAPI.run(signal)]);
      },
    });
  },
});

/** With what clusters ask the authorizer. */
function sourceOf(flags: Flags): AuthorizerSource | undefined {
  const [url, files] = ['authorizer-url', 'authorizer-directory'].map((name) => flags[name]);
  if ((url === undefined) !== (files === undefined))
    throw new UsageError('--authorizer-url and --authorizer-directory go together');
  return typeof url === 'string' && typeof files === 'string' ? { url, directory: path.resolve(files) } : undefined;
}

function localOf(flags: Flags, source: AuthorizerSource | undefined): Provider[] {
  const directory = flags['local-directory'];
  if (typeof directory !== 'string') return [];
  return [
    localProvider({
      directory: path.resolve(directory),
      authorization:
        source === undefined ? undefined : (cluster, target) => writeAuthorization(source, cluster, target),
    }),
  ];
}
