/** The kinds of Cluster API that the provider reads and writes. */
import { coreNamespaces } from '../../../api/kubernetes/core.ts';
import type { KubeObject, Resource } from '../../../api/object.ts';
import { CLUSTER_LABEL } from '../../../api/platform/labels.ts';
import { type Access, READ } from '../../../runtime/process/access.ts';

export const CLUSTER_API_GROUP = 'cluster.x-k8s.io';
/** The supported versions, the preferred one first. */
/** The supported versions, the preferred one first. */
export const API_VERSIONS = ['v1beta2', 'v1beta1'] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** An object of Cluster API. observed.ts reads its fields. */
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

/** The label on the Secrets that Cluster API writes for a cluster. */
export const CLUSTER_NAME_LABEL = 'cluster.x-k8s.io/cluster-name';

/** The annotation on a Cluster of Cluster API with the uid of the Cluster object that it was created for. */
export const OWNER_ANNOTATION = 'platform.tkestack.io/cluster-uid';

/**
 * The annotation on a Cluster of Cluster API that this controller paused. A pause by anyone else, such as clusterctl
 * move, is left alone.
 */
export const PAUSED_ANNOTATION = 'platform.tkestack.io/paused';

/** The name of the Cluster object that an object of Cluster API was created for; empty when there is none. */
export function madeFor({ metadata }: KubeObject): readonly string[] {
  const name = metadata.labels?.[CLUSTER_LABEL];
  return name === undefined ? [] : [name];
}

/**
 * What the controller may do in every namespace. It may read and write Secrets only in the namespace of the
 * installation, and where a Role allows it.
 */
export const clusterAPIAccess: readonly Access[] = [
  { group: CLUSTER_API_GROUP, resource: 'clusters', verbs: [...READ, 'create', 'patch', 'delete'] },
  { group: CLUSTER_API_GROUP, resource: 'clusterclasses', verbs: ['get'] },
  { group: coreNamespaces.group, resource: coreNamespaces.plural, verbs: ['get'] },
];
