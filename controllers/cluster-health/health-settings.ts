/** How the health of a cluster is judged, from its spec.health. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';

export interface Thresholds {
  /** How many failures in a row end what was True. */
  readonly failureThreshold: number;
  /** How many successes in a row make it True again. */
  readonly successThreshold: number;
}

export interface Settings extends Thresholds {
  readonly periodMs: number;
  /** For all requests of one probe together. */
  readonly timeoutMs: number;
}

export function settingsOf({ spec: { health } }: Cluster): Settings {
  return {
    periodMs: (health?.periodSeconds ?? 30) * 1_000,
    timeoutMs: (health?.timeoutSeconds ?? 10) * 1_000,
    failureThreshold: health?.failureThreshold ?? 3,
    successThreshold: health?.successThreshold ?? 2,
  };
}
