/**
 * Cluster of Cluster API (cluster.x-k8s.io/v1beta1), where that API is served, as far as it is read as input: one of the
 * class `tanzukubernetescluster`, as Tanzu's users write it. Its schema is Cluster API's affair.
 */
import type { KubeObject, Resource } from '../object.ts';

/** The ClusterClass with which Tanzu's clusters are written. */
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
