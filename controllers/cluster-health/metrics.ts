/** The metrics of the fleet: how late probes start, how long they take, and how many clusters have which conditions. */
import { Gauge, Histogram, type Registry } from 'prom-client';
import { HEALTH_CONDITIONS, type HealthCondition } from '../../api/platform/cluster-status.ts';
import type { MetricSpecs } from '../../runtime/metrics.ts';
import type { Lane } from './lanes.ts';

export interface FleetMetrics {
  readonly lag: Histogram<'lane'>;
  /** By result: good, bad, or unjudged, when the hub or this process was the problem. */
  readonly duration: Histogram<'result'>;
}

export interface FleetFigures {
  waiting(lane: Lane): number;
  /** The status of this condition of each probed cluster. */
  statuses(type: HealthCondition): Iterable<string>;
}

export const CLUSTER_HEALTH_METRICS = {
  clusters: {
    type: 'gauge',
    name: 'clusters',
    help: 'Probed member clusters by condition and its status',
    labelNames: ['condition', 'status'],
  },
  waiting: {
    type: 'gauge',
    name: 'cluster_probes_waiting',
    help: 'Probes that are due and wait for a slot',
    labelNames: ['lane'],
  },
  lag: {
    type: 'histogram',
    name: 'cluster_probe_lag_seconds',
    help: 'How long after its due time a probe started',
    labelNames: ['lane'],
  },
  duration: {
    type: 'histogram',
    name: 'cluster_probe_duration_seconds',
    help: 'How long a probe took',
    labelNames: ['result'],
  },
} as const satisfies MetricSpecs;

const STATUSES = ['True', 'False', 'Unknown'] as const;
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** `figures` is read whenever the metrics are scraped. */
export function fleetMetrics(registry: Registry, figures: FleetFigures): FleetMetrics {
  const registers = [registry];
  const byCondition = new Gauge({
    ...CLUSTER_HEALTH_METRICS.clusters,
    registers,
    collect() {
      for (const condition of HEALTH_CONDITIONS) {
        const found = [...figures.statuses(condition)];
        for (const status of STATUSES) this.set({ condition, status }, found.filter((each) => each === status).length);
      }
    },
  });
  const waiting = new Gauge({
    ...CLUSTER_HEALTH_METRICS.waiting,
    registers,
    collect() {
      for (const lane of ['quick', 'slow'] as const) this.set({ lane }, figures.waiting(lane));
    },
  });
  void [byCondition, waiting];
  return {
    lag: new Histogram({
      ...CLUSTER_HEALTH_METRICS.lag,
      buckets: BUCKETS,
      registers,
    }),
    duration: new Histogram({
      ...CLUSTER_HEALTH_METRICS.duration,
      buckets: BUCKETS,
      registers,
    }),
  };
}
