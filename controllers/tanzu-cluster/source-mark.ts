/** Names a Cluster after its source object, and marks it, so that it is recognized later. Pure. */
import { createHash } from 'node:crypto';
import { type KubeObject, keyOf } from '../../api/object.ts';
import type { Cluster } from '../../api/platform/cluster.ts';

/** The uid of the source object. A Cluster without it was created by a user and is not touched. */
export const SOURCE_UID_LABEL = 'platform.tkestack.io/source-uid';
/** `KIND/NAMESPACE/NAME` of the source object. */
export const SOURCE_ANNOTATION = 'platform.tkestack.io/source';
/** A digest of the last applied spec: without it, a field that the source no longer sets would not be noticed. */
export const APPLIED_ANNOTATION = 'platform.tkestack.io/applied';
/** On the source object: keeps it until its Cluster is gone. */
export const SOURCE_FINALIZER = 'platform.tkestack.io/tanzu-cluster';

/**
 * On a Namespace: how its clusters are created. Users who may write Namespaces decide this, as they decide the tenant.
 */
export const TYPE_ANNOTATION = 'platform.tkestack.io/cluster-type';
export const PLAN_ANNOTATION = 'platform.tkestack.io/cluster-plan';

const MAX_NAME_LENGTH = 63;
const DIGEST_LENGTH = 8;

/** `NAMESPACE-NAME`, or if that is too long, its beginning and a digest of the whole. */
export function clusterNameOf({ metadata: { namespace = '', name } }: KubeObject): string {
  const whole = `${namespace}-${name}`;
  return whole.length <= MAX_NAME_LENGTH
    ? whole
    : `${whole.slice(0, MAX_NAME_LENGTH - DIGEST_LENGTH - 1)}-${digestOf(`${namespace}/${name}`).slice(0, DIGEST_LENGTH)}`;
}

export function isCreatedFrom(cluster: Pick<Cluster, 'metadata'>, source: KubeObject): boolean {
  const uid = source.metadata.uid ?? '';
  return uid !== '' && cluster.metadata.labels?.[SOURCE_UID_LABEL] === uid;
}

/** The key of the source object that a Cluster names, if it is of this kind. */
export function sourceKeysOf({ metadata }: Cluster, kind: string): string[] {
  const source = metadata.annotations?.[SOURCE_ANNOTATION] ?? '';
  return source.startsWith(`${kind}/`) ? [source.slice(kind.length + 1)] : [];
}

/** The labels and annotations of a Cluster that is created from `source`. */
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
