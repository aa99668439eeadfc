/** The kinds of Cluster API that the provider reads and writes, in the versions that it knows, the preferred first. */
import { coreNamespaces } from '../../../api/kubernetes/core.ts';
import type { KubeObject, Resource } from '../../../api/object.ts';
import { CLUSTER_LABEL } from '../../../api/platform/labels.ts';
import { type Access, READ } from '../../../runtime/process/access.ts';

export const CLUSTER_API_GROUP = 'cluster.x-k8s.io';
export const API_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** An object of Cluster API. Its fields are read by observed.ts. */
export interface CapiObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

export function capiClusters(version: ApiVersion): Resource<CapiObject> {
  return { group: CLUSTER_API_GROUP, version, kind: 'Cluster', plural: 'clusters', namespaced: true };
}

export function clusterClasses(version: ApiVersion): Resource<CapiObject> {
  return { group: CLUSTER_API_GROUP, version, kind: 'ClusterClass', plural: 'clusterclasses', namespaced: true };
}

/** On the Secrets of a cluster that Cluster API makes. */
export const CLUSTER_NAME_LABEL = 'cluster.x-k8s.io/cluster-name';

/** Says for which Cluster object, by uid, a Cluster of Cluster API was made. */
export const OWNER_ANNOTATION = 'platform.tkestack.io/cluster-uid';

/** On a Cluster of Cluster API that was paused because ours is. One that somebody else paused, as clusterctl move does, is left so. */
export const PAUSED_ANNOTATION = 'platform.tkestack.io/paused';

/** The Cluster object that one of Cluster API was made for, by its name. */
export function madeFor({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[CLUSTER_LABEL];
  return name === undefined ? [] : [name];
}

/** What the controller may do for it in every namespace. Secrets it may read and write in that of the installation, and where a Role allows it. */
export const clusterAPIAccess: readonly Access[] = [
  { group: CLUSTER_API_GROUP, resource: 'clusters', verbs: [...READ, 'create', 'patch', 'delete'] },
  { group: CLUSTER_API_GROUP, resource: 'clusterclasses', verbs: ['get'] },
  { group: coreNamespaces.group, resource: coreNamespaces.plural, verbs: ['get'] },
];
