/** Reconciles one source object: translate it, apply the Cluster, report the result on the object. */
import type { KubeObject } from '../../api/object.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { ensureFinalizer, removeFinalizer } from '../../runtime/loop/finalizer.ts';
import { applyCluster } from './apply-cluster.ts';
import { namespaceSettings } from './namespace-settings.ts';
import type { Source } from './source.ts';
import { clusterNameOf, isCreatedFrom, SOURCE_FINALIZER } from './source-mark.ts';
import { tanzuStatus } from './tanzu-status.ts';
import { isProblem, type Problem } from './translation.ts';

export interface TanzuTools {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly namespaces: Store<KubeObject>;
  readonly releases: Store<ClusterRelease>;
  /** The type of clusters in a Namespace without the annotation for it. */
  readonly defaultType: ClusterType;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What one run found, for the status. */
interface Finding {
  readonly cluster: Cluster | undefined;
  readonly problem?: Problem;
  /** Undefined when nothing was translated. */
  readonly unmapped?: readonly string[];
}

/** The controller watches for what a problem waits for. The retry is a safety net for missed events. */
const PROBLEM_RETRY_MS = 60_000;
const DELETION_RETRY_MS = 5_000;

/**
 * Reconciles a source object; undefined when it is gone. Errors of the hub are thrown and retried by the controller.
 */
export async function reconcileSource<T extends KubeObject>(
  object: T | undefined,
  source: Source<T>,
  tools: TanzuTools,
): Promise<Outcome> {
  if (object === undefined) return {};
  if (object.metadata.deletionTimestamp !== undefined) return remove(object, source, tools);
  if (!(await source.isOurs(object, tools.client))) return {};
  const finding = await maintain(object, source, tools);
  if (finding.problem !== undefined)
    tools.events.record(object, 'Warning', finding.problem.reason, finding.problem.message);
  await report(object, source, tools, finding);
  return finding.problem === undefined ? {} : { requeueAfterMs: PROBLEM_RETRY_MS };
}

async function maintain<T extends KubeObject>(object: T, source: Source<T>, tools: TanzuTools): Promise<Finding> {
  const { client, namespaces, releases, defaultType, now } = tools;
  const { namespace = '' } = object.metadata;
  const cluster = await client.get(clusters, { name: clusterNameOf(object) });
  const settings = namespaceSettings(namespace, namespaces.get(namespace), defaultType);
  if (isProblem(settings)) return { cluster, problem: settings };
  const obstacle = cluster === undefined ? undefined : obstacleIn(cluster, object, settings.tenantID);
  if (obstacle !== undefined) return { cluster, problem: obstacle };
  const current = cluster?.spec.version;
  const translation = source.translate(object, { ...settings, releases: releases.list(), current, nowMs: now() });
  if (isProblem(translation)) return { cluster, problem: translation };
  const { spec, unmapped } = translation;
  await ensureFinalizer(client, source.resource, object, SOURCE_FINALIZER);
  const applied = await applyCluster(object, cluster, spec, client);
  return isProblem(applied) ? { cluster, problem: applied, unmapped } : { cluster: applied, unmapped };
}

/** Why the Cluster that has the name must be left as it is. */
function obstacleIn({ metadata, spec }: Cluster, object: KubeObject, tenantID: string): Problem | undefined {
  const { name } = metadata;
  if (!isCreatedFrom({ metadata }, object)) {
    return {
      reason: 'ClusterOfAnother',
      message: `Cluster ${name} exists, but was not created from this object, so it is left alone: choose another name, or delete that Cluster`,
    };
  }
  if (spec.tenantID !== tenantID) {
    return {
      reason: 'TenantChanged',
      message: `Cluster ${name} belongs to another tenant than the Namespace does now, so it is left alone: a cluster never changes its tenant`,
    };
  }
  if (metadata.deletionTimestamp !== undefined) {
    return {
      reason: 'ClusterDeleting',
      message: `Cluster ${name} is being deleted: it is created again as soon as it is gone`,
    };
  }
  return undefined;
}

/** Deletes the Cluster first. Until it is gone, the object stays and says what it waits for. */
async function remove<T extends KubeObject>(object: T, source: Source<T>, tools: TanzuTools): Promise<Outcome> {
  if (!(object.metadata.finalizers ?? []).includes(SOURCE_FINALIZER)) return {};
  const { client } = tools;
  const cluster = await client.get(clusters, { name: clusterNameOf(object) });
  if (cluster === undefined || !isCreatedFrom(cluster, object)) {
    await removeFinalizer(client, source.resource, object, SOURCE_FINALIZER);
    return {};
  }
  const { uid = '', deletionTimestamp } = cluster.metadata;
  if (deletionTimestamp === undefined) await client.delete(clusters, cluster.metadata, { uid });
  await report(object, source, tools, { cluster });
  return { requeueAfterMs: DELETION_RETRY_MS };
}

function report<T extends KubeObject>(
  object: T,
  source: Source<T>,
  { client, now }: TanzuTools,
  { cluster, problem, unmapped }: Finding,
): Promise<void> {
  const { generation = 0, deletionTimestamp } = object.metadata;
  const status = tanzuStatus({
    generation,
    isDeleted: deletionTimestamp !== undefined,
    known: source.conditionsOf(object),
    name: clusterNameOf(object),
    cluster: cluster !== undefined && isCreatedFrom(cluster, object) ? cluster : undefined,
    unmapped,
    problem,
    nowIso: new Date(now()).toISOString(),
  });
  return source.writeStatus(client, object, status);
}
