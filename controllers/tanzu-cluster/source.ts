/** The two kinds of object that a Cluster is made of: how each is translated, and where it is told what became of it. */
import type { KubeObject, Resource } from '../../api/object.ts';
import { CLUSTER_LABEL } from '../../api/platform/labels.ts';
import { type ClusterAPICluster, clusterAPIClusters, clusterClasses } from '../../api/tanzu/cluster-api-cluster.ts';
import {
  type TanzuKubernetesCluster,
  type TanzuStatus,
  tanzuKubernetesClusters,
} from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isNotFound } from '../../runtime/errors.ts';
import { applyStatus } from '../../runtime/loop/apply-status.ts';
import { isTanzu, translateClusterAPI } from './translate-cluster-api.ts';
import { type Problem, type Settings, type Translation, translateTanzu } from './translate-tanzu.ts';

export interface Source<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Whether a Cluster is made of it at all. */
  isMeant(object: T, client: Client): Promise<boolean>;
  translate(object: T, settings: Settings): Translation | Problem;
  /** The conditions that it has of ours. */
  conditionsOf(object: T): NonNullable<TanzuStatus['conditions']>;
  /** Writes what became of it, if it does not say so already. */
  tell(client: Client, object: T, status: TanzuStatus): Promise<void>;
}

export const tanzuSource: Source<TanzuKubernetesCluster> = {
  resource: tanzuKubernetesClusters,
  isMeant: () => Promise.resolve(true),
  translate: translateTanzu,
  conditionsOf: ({ status }) => status?.conditions ?? [],
  tell: (client, object, status) =>
    applyStatus(client, tanzuKubernetesClusters, object, { fields: status, isOwn: () => true }),
};

/** Of Cluster API's own object the status is Cluster API's; what we say stands in annotations. */
export const ANNOTATIONS = {
  cluster: 'platform.tkestack.io/cluster',
  ready: 'platform.tkestack.io/ready',
  mapped: 'platform.tkestack.io/fully-mapped',
} as const;

export const clusterAPISource: Source<ClusterAPICluster> = {
  resource: clusterAPIClusters,
  isMeant: isMeantForUs,
  translate: translateClusterAPI,
  conditionsOf: () => [],
  tell: annotate,
};

/** Not one that a provider of ours made, nor one of a class that is there: that one Cluster API makes itself. */
async function isMeantForUs(object: ClusterAPICluster, client: Client): Promise<boolean> {
  const { labels = {}, namespace } = object.metadata;
  if (!isTanzu(object) || CLUSTER_LABEL in labels) return false;
  return (await client.get(clusterClasses, { name: object.spec.topology?.class ?? '', namespace })) === undefined;
}

const MAX_ANNOTATION = 10_000;

async function annotate(client: Client, { metadata }: ClusterAPICluster, status: TanzuStatus): Promise<void> {
  const say = (type: string): string => {
    const found = (status.conditions ?? []).find((each) => each.type === type);
    return `${found?.status ?? 'Unknown'}: ${found?.reason ?? ''}: ${found?.message ?? ''}`.slice(0, MAX_ANNOTATION);
  };
  const wanted: Record<string, string | null> = {
    [ANNOTATIONS.cluster]: status.cluster ?? null,
    [ANNOTATIONS.ready]: say('Ready'),
    [ANNOTATIONS.mapped]: say('FullyMapped'),
  };
  if (Object.entries(wanted).every(([name, value]) => (metadata.annotations?.[name] ?? null) === value)) return;
  try {
    await client.patch(clusterAPIClusters, metadata, {
      type: 'merge',
      body: { metadata: { uid: metadata.uid, annotations: wanted } },
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
