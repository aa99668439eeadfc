/** One object in a Namespace: whose it is, what it means, the Cluster that it becomes, and what is said of that. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/object.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { CLUSTER_TYPES, type ClusterType } from '../../api/platform/fields.ts';
import { TENANT_LABEL } from '../../api/platform/labels.ts';
import type { Store } from '../../runtime/cache/store.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';
import { ApiError, isConflict } from '../../runtime/errors.ts';
import type { Outcome } from '../../runtime/loop/controller.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { ensureFinalizer, removeFinalizer } from '../../runtime/loop/finalizer.ts';
import type { Source } from './source.ts';
import {
  APPLIED_ANNOTATION,
  clusterNameOf,
  isMadeOf,
  markOf,
  PLAN_ANNOTATION,
  SOURCE_FINALIZER,
  TYPE_ANNOTATION,
} from './source-mark.ts';
import { statusOf } from './tanzu-status.ts';
import { isProblem, type Problem, type Settings } from './translate-tanzu.ts';

export interface TanzuTools {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly namespaces: Store<KubeObject>;
  readonly releases: Store<ClusterRelease>;
  /** The type of clusters in a Namespace that does not say it. */
  readonly defaultType: ClusterType;
  readonly now: () => number;
}

/** The types of clusters that are made. */
export const MADE_TYPES: readonly ClusterType[] = CLUSTER_TYPES.filter((type) => type !== 'Imported');

/** What waits is woken by its watches; this is for safety. */
const RETRY_MS = 60_000;
const DELETED_RETRY_MS = 5_000;

export async function reconcileSource<T extends KubeObject>(
  object: T | undefined,
  source: Source<T>,
  tools: TanzuTools,
): Promise<Outcome> {
  if (object === undefined) return {};
  if (object.metadata.deletionTimestamp !== undefined) return remove(object, source, tools);
  if (!(await source.isMeant(object, tools.client))) return {};
  const name = clusterNameOf(object);
  const known = await tools.client.get(clusters, { name });
  const settings = settingsOf(object, known, tools);
  const problem = 'reason' in settings ? settings : standsInTheWay(object, known, settings);
  if (problem !== undefined || 'reason' in settings) return stall(object, source, tools, { cluster: known, problem });
  const translation = source.translate(object, settings);
  if (isProblem(translation)) return stall(object, source, tools, { cluster: known, problem: translation });
  const { spec, unmapped } = translation;
  const held = await ensureFinalizer(tools.client, source.resource, object, SOURCE_FINALIZER);
  const applied = await apply(object, known, spec, tools.client);
  if ('reason' in applied) return stall(held, source, tools, { cluster: known, problem: applied, unmapped });
  await tell(held, source, tools, { cluster: applied, unmapped });
  return {};
}

/** The Namespace says whose its clusters are and how they are made. */
function settingsOf(
  { metadata: { namespace = '' } }: KubeObject,
  known: Cluster | undefined,
  tools: TanzuTools,
): Settings | Problem {
  const { tenantID, said, plan } = saidBy(tools.namespaces.get(namespace));
  const asked = said ?? tools.defaultType;
  const type = MADE_TYPES.find((each) => each === asked);
  if (tenantID === undefined || tenantID === '') {
    return {
      reason: 'TenantMissing',
      message: `Namespace ${namespace} does not have the label ${TENANT_LABEL}: an administrator says with it whose clusters are made of what is in it`,
    };
  }
  if (type === undefined)
    return {
      reason: 'TypeUnknown',
      message: `the annotation ${TYPE_ANNOTATION} of Namespace ${namespace} is ${asked}; it may be ${MADE_TYPES.join(' or ')}`,
    };
  return { tenantID, type, plan, releases: tools.releases.list(), current: known?.spec.version, nowMs: tools.now() };
}

function saidBy(namespace: KubeObject | undefined): {
  tenantID: string | undefined;
  said: string | undefined;
  plan: string | undefined;
} {
  const { labels, annotations } = namespace?.metadata ?? {};
  return {
    tenantID: labels?.[TENANT_LABEL],
    said: annotations?.[TYPE_ANNOTATION],
    plan: annotations?.[PLAN_ANNOTATION],
  };
}

function standsInTheWay(object: KubeObject, known: Cluster | undefined, { tenantID }: Settings): Problem | undefined {
  if (known === undefined) return undefined;
  const { name } = known.metadata;
  if (!isMadeOf(known, object)) {
    return {
      reason: 'ClusterOfAnother',
      message: `there is a Cluster ${name} that was not made of this object: it is left as it is. Choose another name, or delete that Cluster`,
    };
  }
  if (known.spec.tenantID !== tenantID) {
    return {
      reason: 'TenantChanged',
      message: `Cluster ${name} was made for another tenant than the one that the Namespace belongs to now: it is left as it is. A cluster never changes its tenant`,
    };
  }
  if (known.metadata.deletionTimestamp !== undefined)
    return { reason: 'ClusterDeleting', message: `Cluster ${name} is being deleted; it is made anew when it is gone` };
  return undefined;
}

/** The Cluster as it is to be, written only if it is not so. */
async function apply(
  object: KubeObject,
  known: Cluster | undefined,
  spec: Cluster['spec'],
  client: Client,
): Promise<Cluster | Problem> {
  const name = clusterNameOf(object);
  const mark = markOf(object, spec);
  if (
    known !== undefined &&
    known.metadata.annotations?.[APPLIED_ANNOTATION] === mark.annotations[APPLIED_ANNOTATION] &&
    holds(known.spec, spec)
  )
    return known;
  const uid = known === undefined ? {} : { uid: known.metadata.uid };
  const body = { apiVersion: apiVersionOf(clusters), kind: clusters.kind, metadata: { name, ...uid, ...mark }, spec };
  try {
    // One that somebody made meanwhile, for another tenant or of another type, is a conflict, since nothing is forced then.
    return await client.patch(clusters, { name }, { type: 'apply', body, force: known !== undefined });
  } catch (error) {
    if (error instanceof ApiError && [400, 403, 422].includes(error.status) && !isConflict(error))
      return { reason: 'Refused', message: `Cluster ${name} is refused: ${error.message}` };
    throw error;
  }
}

/** Whether all that is wanted is so: further fields and entries of others may stand beside it. */
function holds(known: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(known) && wanted.every((each) => known.some((other) => holds(other, each)));
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(known, wanted);
  if (typeof known !== 'object' || known === null) return false;
  return Object.entries(wanted).every(([field, value]) => holds((known as Record<string, unknown>)[field], value));
}

/** The Cluster goes first, and the object says that it waits for it. */
async function remove<T extends KubeObject>(object: T, source: Source<T>, tools: TanzuTools): Promise<Outcome> {
  if (!(object.metadata.finalizers ?? []).includes(SOURCE_FINALIZER)) return {};
  const { client } = tools;
  const known = await client.get(clusters, { name: clusterNameOf(object) });
  const { uid = '' } = known?.metadata ?? {};
  if (known === undefined || !isMadeOf(known, object)) {
    await removeFinalizer(client, source.resource, object, SOURCE_FINALIZER);
    return {};
  }
  if (known.metadata.deletionTimestamp === undefined) await client.delete(clusters, known.metadata, { uid });
  await tell(object, source, tools, { cluster: known });
  return { requeueAfterMs: DELETED_RETRY_MS };
}

interface Found {
  readonly cluster: Cluster | undefined;
  readonly problem?: Problem | undefined;
  readonly unmapped?: readonly string[];
}

async function stall<T extends KubeObject>(
  object: T,
  source: Source<T>,
  tools: TanzuTools,
  found: Found,
): Promise<Outcome> {
  if (found.problem !== undefined) tools.events.record(object, 'Warning', found.problem.reason, found.problem.message);
  await tell(object, source, tools, found);
  return { requeueAfterMs: RETRY_MS };
}

function tell<T extends KubeObject>(
  object: T,
  source: Source<T>,
  { client, now }: TanzuTools,
  { cluster, problem, unmapped }: Found,
): Promise<void> {
  const own = cluster !== undefined && isMadeOf(cluster, object) ? cluster : undefined;
  const status = statusOf({
    generation: object.metadata.generation ?? 0,
    isDeleted: object.metadata.deletionTimestamp !== undefined,
    known: source.conditionsOf(object),
    name: clusterNameOf(object),
    cluster: own,
    unmapped,
    problem,
    nowIso: new Date(now()).toISOString(),
  });
  return source.tell(client, object, status);
}
