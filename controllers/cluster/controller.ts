/**
 * Makes each Cluster match its spec with the steps of its provider, and signs client certificates for its users.
 *
 * Watches Clusters; the ClusterPlans, ClusterReleases and business Namespaces that they depend on; the Clusters of
 * Cluster API that were created for them; and CertificateSigningRequests. Everything else is read when a step needs it.
 */
import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import { certificateSigningRequests } from '../../api/kubernetes/certificates.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { clusterPlans } from '../../api/platform/cluster-plan.ts';
import { clusterReleases } from '../../api/platform/cluster-release.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { Controller, watch, watchOwn } from '../../runtime/loop/controller.ts';
import type { ProcessContext, Running } from '../../runtime/process/process.ts';
import { clusterAccess } from './access.ts';
import { allowedVersions } from './allowed-versions.ts';
import { Attempts } from './attempts.ts';
import { clusterAPIWatch } from './cluster-api-watch.ts';
import { watchClusters } from './cluster-changes.ts';
import type { ClusterTools } from './cluster-tools.ts';
import { reconcileRequest } from './credential-requests.ts';
import { deletionBlockers } from './deletion-blockers.ts';
import { permissionReview } from './permission-review.ts';
import { providersFor } from './providers.ts';
import { reconcileCluster } from './reconcile.ts';

/**
 * A step mostly waits, for a cluster that does not answer or a process that ends. It must not hold up other clusters.
 */
const CONCURRENCY = 48;

const BY_PLAN = 'plan';
const BY_CLUSTER = 'cluster';

/** Creates the caches. Returns the work of the leader. */
export function clusterControllers(context: ProcessContext): Running {
  const cache = context.informer(clusters, {
    indexes: { [BY_PLAN]: ({ spec }: Cluster) => (spec.plan === undefined ? [] : [spec.plan]) },
  });
  const plans = context.informer(clusterPlans);
  const releases = context.informer(clusterReleases);
  const inside = context.informer(namespaces, {
    indexes: { [BY_CLUSTER]: ({ spec }: Namespace) => [spec.clusterName] },
  });
  const clusterAPI = clusterAPIWatch(context);
  const { client, events, flags, log, metrics } = context;
  const namespace = String(flags['lease-namespace']);
  const tools: ClusterTools = {
    client,
    events,
    namespace,
    plans: plans.store,
    releases: releases.store,
    providers: providersFor(flags, cache.store),
    allowedVersions: allowedVersions(client, Date.now),
    deletionBlockers: (name) => deletionBlockers(cache.store.get(name), inside.store.byIndex(BY_CLUSTER, name)),
    reviewPermissions: permissionReview({ client, namespace, userAgent: clusterAccess.name, now: Date.now }),
    attempts: new Attempts(),
    verifiedAt: new Map(),
    now: Date.now,
  };
  const controller = new Controller({
    name: clusters.plural,
    watches: [
      watchClusters(cache),
      watch(plans, ({ metadata }) => cache.store.byIndex(BY_PLAN, metadata.name).map((each) => each.metadata.name)),
      watch(releases, () => cache.store.list().map(({ metadata }) => metadata.name)),
      watch(inside, ({ spec }) => [spec.clusterName]),
      clusterAPI,
    ],
    reconcile: (name, reconcile) => reconcileCluster(name, tools, reconcile),
    concurrency: CONCURRENCY,
    log,
    metrics,
  });
  const signer = requestController(context, cache, tools);
  return {
    run: async (signal) => {
      await Promise.all([controller.run(signal), signer.run(signal), clusterAPI.run(signal)]);
    },
  };
}

/** Answers the CertificateSigningRequests for credentials of clusters. */
function requestController(
  context: ProcessContext,
  cache: Informer<Cluster>,
  { namespace, providers }: ClusterTools,
): Controller {
  const { client, log, metrics } = context;
  const requests = context.informer(certificateSigningRequests);
  const tools = {
    client,
    requests: requests.store,
    clusters: cache.store,
    authorityOf: async (cluster: Cluster) =>
      providers.get(cluster.spec.type)?.clientAuthority?.({ cluster, client, namespace }),
    now: Date.now,
  };
  return new Controller({
    name: requests.resource.plural,
    watches: [watchOwn(requests)],
    reconcile: (name) => reconcileRequest(name, tools),
    log,
    metrics,
  });
}
