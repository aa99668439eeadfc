/** How the health of a cluster is probed and judged, from its spec.health. Pure. */
import type { Cluster } from '../../api/platform/cluster.ts';

export interface Thresholds {
  /** After this many consecutive failures a condition is no longer True. */
  readonly failureThreshold: number;
  /** After this many consecutive successes it is True again. */
  readonly successThreshold: number;
}

export interface HealthSettings extends Thresholds {
  readonly periodMs: number;
  /** The time limit of all requests of one probe together. */
  readonly timeoutMs: number;
}

const DEFAULTS = { periodSeconds: 30, timeoutSeconds: 10, failureThreshold: 3, successThreshold: 2 } as const;

export function healthSettings({ spec: { health } }: Cluster): HealthSettings {
  return {
    periodMs: (health?.periodSeconds ?? DEFAULTS.periodSeconds) * 1_000,
    timeoutMs: (health?.timeoutSeconds ?? DEFAULTS.timeoutSeconds) * 1_000,
    failureThreshold: health?.failureThreshold ?? DEFAULTS.failureThreshold,
    successThreshold: health?.successThreshold ?? DEFAULTS.successThreshold,
  };
}
