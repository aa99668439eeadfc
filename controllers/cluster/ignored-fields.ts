/** Which fields of a spec have no effect: what is written there and not heeded is told, never dropped in silence. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';

/** What the controller itself heeds, whatever the provider. */
const ALWAYS = new Set([
  'tenantID', 'displayName', 'description', 'type', 'plan', 'hooks', 'health', 'paused', 'stopped', 'deletionProtection', 'finalizers',
]);

export function ignoredFields(spec: Cluster['spec'], heeded: readonly string[]): string[] {
  return Object.entries(spec)
    .filter(([field, value]) => !ALWAYS.has(field) && !heeded.includes(field) && says(value))
    .map(([field]) => `spec.${field}`)
    .sort();
}

/** An empty value says nothing. */
function says(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
