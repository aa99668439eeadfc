/** The two kinds of object that Clusters are created from: how each is translated, and where its result is reported. */
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
import { translateTanzu } from './translate-tanzu.ts';
import type { Problem, Settings, Translation } from './translation.ts';

export interface Source<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Whether this controller creates a Cluster from the object. */
  isOurs(object: T, client: Client): Promise<boolean>;
  translate(object: T, settings: Settings): Translation | Problem;
  /** Our conditions in the object's status. */
  conditionsOf(object: T): NonNullable<TanzuStatus['conditions']>;
  /** Writes the status, if it differs. */
  writeStatus(client: Client, object: T, status: TanzuStatus): Promise<void>;
}

export const tanzuSource: Source<TanzuKubernetesCluster> = {
  resource: tanzuKubernetesClusters,
  isOurs: () => Promise.resolve(true),
  translate: translateTanzu,
  conditionsOf: ({ status }) => status?.conditions ?? [],
  writeStatus: async (client, object, status) => {
    await applyStatus(client, tanzuKubernetesClusters, object, { fields: status, isOwn: () => true });
  },
};

/** The status of a Cluster of Cluster API belongs to Cluster API, so ours is in annotations. */
export const ANNOTATIONS = {
  cluster: 'platform.tkestack.io/cluster',
  ready: 'platform.tkestack.io/ready',
  mapped: 'platform.tkestack.io/fully-mapped',
} as const;

export const clusterAPISource: Source<ClusterAPICluster> = {
  resource: clusterAPIClusters,
  isOurs: isWithoutClass,
  translate: translateClusterAPI,
  conditionsOf: () => [],
  writeStatus: annotate,
};

/**
 * Whether no other controller creates machines for the object. A provider of ours made it if it has our label. Cluster API
 * itself acts on it if its ClusterClass exists.
 */
async function isWithoutClass(object: ClusterAPICluster, client: Client): Promise<boolean> {
  const { labels = {}, namespace } = object.metadata;
  if (!isTanzu(object) || CLUSTER_LABEL in labels) return false;
  return (await client.get(clusterClasses, { name: object.spec.topology?.class ?? '', namespace })) === undefined;
}

const MAX_ANNOTATION_LENGTH = 10_000;

async function annotate(client: Client, { metadata }: ClusterAPICluster, status: TanzuStatus): Promise<void> {
  const summaryOf = (type: string): string => {
    const found = (status.conditions ?? []).find((each) => each.type === type);
    return `${found?.status ?? 'Unknown'}: ${found?.reason ?? ''}: ${found?.message ?? ''}`.slice(
      0,
      MAX_ANNOTATION_LENGTH,
    );
  };
  const wanted: Record<string, string | null> = {
    [ANNOTATIONS.cluster]: status.cluster ?? null,
    [ANNOTATIONS.ready]: summaryOf('Ready'),
    [ANNOTATIONS.mapped]: summaryOf('FullyMapped'),
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
