/** Decides which clusters are probed. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';

/**
 * Whether there is an API server to probe: an imported cluster with a credential, or one that was created. A paused
 * cluster is probed too.
 */
export function isProbed({ metadata, spec, status }: Cluster): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (spec.type === 'Imported') return spec.kubeconfigSecret !== undefined || spec.clusterCredentialRef !== undefined;
  const { type, state } = status?.lastAction ?? {};
  if (type === undefined || type === 'DELETE') return false;
  // Every other action comes after the creation.
  return type !== 'CREATE' || state === 'succeeded';
}
