/**
 * Cluster of Cluster API (cluster.x-k8s.io/v1beta1) as input, where that API is served: only those of the class
 * `tanzukubernetescluster`, as users of Tanzu write them. Cluster API validates them.
 */
import type { KubeObject, Resource } from '../object.ts';

/** The ClusterClass that Tanzu clusters use. */
export const TANZU_CLASS = 'tanzukubernetescluster';

interface Ranges {
  readonly cidrBlocks?: readonly string[];
}

export interface MachineDeployment {
  readonly class: string;
  readonly name: string;
  readonly replicas?: number;
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

export interface ClusterAPICluster extends KubeObject {
  readonly spec: {
    readonly paused?: boolean;
    readonly clusterNetwork?: { readonly pods?: Ranges; readonly services?: Ranges; readonly serviceDomain?: string };
    readonly topology?: {
      readonly class: string;
      readonly version: string;
      readonly controlPlane?: { readonly replicas?: number };
      readonly workers?: { readonly machineDeployments?: readonly MachineDeployment[] };
      readonly variables?: readonly { readonly name: string; readonly value: unknown }[];
    };
  };
  readonly status?: object;
}

export const clusterAPIClusters: Resource<ClusterAPICluster> = {
  group: 'cluster.x-k8s.io',
  version: 'v1beta1',
  kind: 'Cluster',
  plural: 'clusters',
  namespaced: true,
};
export const clusterClasses: Resource = {
  group: 'cluster.x-k8s.io',
  version: 'v1beta1',
  kind: 'ClusterClass',
  plural: 'clusterclasses',
  namespaced: true,
};
