/** The kinds of Cluster API without its controllers: what writes to them is seen, and nothing becomes of it. */

/** In the one version that they are served in here. */
export const CLUSTER_API_CRDS: readonly object[] = [crdOf('Cluster'), crdOf('ClusterClass')];

/** A kind with the names of its own CRD and a schema that takes anything. */
function crdOf(kind: 'Cluster' | 'ClusterClass'): object {
  const plural = kind === 'Cluster' ? 'clusters' : 'clusterclasses';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cluster.x-k8s.io` },
    spec: {
      group: 'cluster.x-k8s.io',
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: 'v1beta1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}
