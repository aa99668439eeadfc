/** By which a Cluster is known to be made of an object in a Namespace, and how it is called. Pure. */
import { createHash } from 'node:crypto';
import { type KubeObject, keyOf } from '../../api/object.ts';
import type { Cluster } from '../../api/platform/cluster.ts';

/** The uid of the object that a Cluster was made of. Without it, a Cluster is somebody's own and is not touched. */
export const SOURCE_UID_LABEL = 'platform.tkestack.io/source-uid';
/** `KIND/NAMESPACE/NAME` of that object. */
export const SOURCE_ANNOTATION = 'platform.tkestack.io/source';
/** A digest of the spec that was applied last. */
export const APPLIED_ANNOTATION = 'platform.tkestack.io/applied';
/** On an object that a Cluster was made of: it goes after the Cluster. */
export const SOURCE_FINALIZER = 'platform.tkestack.io/tanzu-cluster';

/** On a Namespace: how clusters are made of what is in it. Who may write a Namespace decides that, as with its label of the tenant. */
export const TYPE_ANNOTATION = 'platform.tkestack.io/cluster-type';
export const PLAN_ANNOTATION = 'platform.tkestack.io/cluster-plan';

const MAX_NAME = 63;
const DIGEST = 8;

/** `NAMESPACE-NAME`; of a longer one the beginning, and a digest of the whole. */
export function clusterNameOf({ metadata: { namespace = '', name } }: KubeObject): string {
  const whole = `${namespace}-${name}`;
  return whole.length <= MAX_NAME
    ? whole
    : `${whole.slice(0, MAX_NAME - DIGEST - 1)}-${digestOf(`${namespace}/${name}`).slice(0, DIGEST)}`;
}

export function isMadeOf(cluster: Cluster, source: KubeObject): boolean {
  const uid = source.metadata.uid ?? '';
  return uid !== '' && cluster.metadata.labels?.[SOURCE_UID_LABEL] === uid;
}

/** The keys of the objects of this kind that a Cluster says it is made of. */
export function sourceKeysOf({ metadata }: Cluster, kind: string): string[] {
  const source = metadata.annotations?.[SOURCE_ANNOTATION] ?? '';
  return source.startsWith(`${kind}/`) ? [source.slice(kind.length + 1)] : [];
}

/** The metadata that marks a Cluster. */
export function markOf(
  source: KubeObject,
  spec: Cluster['spec'],
): { labels: Record<string, string>; annotations: Record<string, string> } {
  return {
    labels: { [SOURCE_UID_LABEL]: source.metadata.uid ?? '' },
    annotations: {
      [SOURCE_ANNOTATION]: `${source.kind}/${keyOf(source.metadata)}`,
      [APPLIED_ANNOTATION]: digestOf(JSON.stringify(spec)),
    },
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
