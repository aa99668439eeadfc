/** CRDs of Cluster API without its controllers: tests see what is written, and nothing acts on it. */
import type { Stack } from '../../hack/local/stack.ts';
import { yamlOf } from './manifest-yaml.ts';

/** The CRDs of Cluster and ClusterClass, served as v1beta1 only. */
const CRDS: readonly object[] = [crdOf('Cluster'), crdOf('ClusterClass')];

/** Returns a CRD with the real names of the kind and a schema that accepts anything. */
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

/** Lets the hub serve the kinds of Cluster API, and waits until it does. */
export async function serveClusterAPI(stack: Stack): Promise<void> {
  await stack.kubectl(['apply', '--server-side', '-f', '-'], yamlOf(CRDS));
  await stack.kubectl([
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    'crd/clusters.cluster.x-k8s.io',
    'crd/clusterclasses.cluster.x-k8s.io',
  ]);
}
