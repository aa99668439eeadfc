/** The metrics that every process has, under the names that controller-runtime uses. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { KubeObject } from '../api/object.ts';
import type { Informer } from './cache/informer.ts';

/** One metric. The reference in docs/ is generated from this. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export type MetricSpecs = Readonly<Record<string, MetricSpec>>;

export const COMMON_METRICS = {
  reconcileTotal: {
    type: 'counter',
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result',
    labelNames: ['controller', 'result'],
  },
  reconcileTime: {
    type: 'histogram',
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Time of a reconcile',
    labelNames: ['controller'],
  },
  queueDepth: {
    type: 'gauge',
    name: 'workqueue_depth',
    help: 'Keys that wait for a worker',
    labelNames: ['name'],
  },
  queueAdds: {
    type: 'counter',
    name: 'workqueue_adds_total',
    help: 'Keys that were added to the queue',
    labelNames: ['name'],
  },
  queueRetries: {
    type: 'counter',
    name: 'workqueue_retries_total',
    help: 'Keys that were requeued after a failure',
    labelNames: ['name'],
  },
  requests: {
    type: 'counter',
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method and status code',
    labelNames: ['method', 'code'],
  },
  leader: {
    type: 'gauge',
    name: 'leader_election_master_status',
    help: '1 while this process is the leader',
    labelNames: ['name'],
  },
  lastEventAge: {
    type: 'gauge',
    name: 'informer_last_event_age_seconds',
    help: 'Time since the API server last sent anything on a watch',
    labelNames: ['resource'],
  },
  fullReads: {
    type: 'gauge',
    name: 'informer_full_reads',
    help: 'How often all objects of a kind were read',
    labelNames: ['resource'],
  },
  // Of these three the client library has its own, some of which break the naming rules of Prometheus.
  cpu: {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    labelNames: [],
  },
  memory: {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    labelNames: [],
  },
  startTime: {
    type: 'gauge',
    name: 'process_start_time_seconds',
    help: 'When the process started, as a Unix time',
    labelNames: [],
  },
} as const satisfies MetricSpecs;

export interface Metrics {
  /** Where a process registers metrics of its own. */
  readonly registry: Registry;
  readonly reconcileTotal: Counter<'controller' | 'result'>;
  readonly reconcileTime: Histogram<'controller'>;
  readonly queueAdds: Counter<'name'>;
  readonly queueRetries: Counter<'name'>;
  readonly requests: Counter<'method' | 'code'>;
  readonly leader: Gauge<'name'>;
  observeQueue(name: string, depth: () => number): void;
  observeInformer<T extends KubeObject>(informer: Informer<T>): void;
}

/** Creates the common metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  observeProcess(registers);
  return {
    registry,
    reconcileTotal: new Counter({ ...COMMON_METRICS.reconcileTotal, registers }),
    reconcileTime: new Histogram({
      ...COMMON_METRICS.reconcileTime,
      registers,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    }),
    queueAdds: new Counter({ ...COMMON_METRICS.queueAdds, registers }),
    queueRetries: new Counter({ ...COMMON_METRICS.queueRetries, registers }),
    requests: new Counter({ ...COMMON_METRICS.requests, registers }),
    leader: new Gauge({ ...COMMON_METRICS.leader, registers }),
    observeQueue: queueDepths(registers),
    observeInformer: informerGauges(registers),
  };
}

function queueDepths(registers: Registry[]): Metrics['observeQueue'] {
  const depths = new Map<string, () => number>();
  const gauge = new Gauge({
    ...COMMON_METRICS.queueDepth,
    registers,
    collect: () => {
      for (const [name, depth] of depths) gauge.set({ name }, depth());
    },
  });
  return (name, depth) => void depths.set(name, depth);
}

function informerGauges(registers: Registry[]): Metrics['observeInformer'] {
  const informers: Pick<Informer<KubeObject>, 'resource' | 'lastEventAgeMs' | 'relists'>[] = [];
  const age = new Gauge({
    ...COMMON_METRICS.lastEventAge,
    registers,
    collect: () => {
      for (const informer of informers)
        age.set({ resource: informer.resource.plural }, informer.lastEventAgeMs() / 1_000);
    },
  });
  const reads = new Gauge({
    ...COMMON_METRICS.fullReads,
    registers,
    collect: () => {
      for (const { resource, relists } of informers) reads.set({ resource: resource.plural }, relists);
    },
  });
  return (informer) => void informers.push(informer);
}

function observeProcess(registers: Registry[]): void {
  const cpu = new Counter({
    ...COMMON_METRICS.cpu,
    registers,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1_000_000);
    },
  });
  const memory = new Gauge({
    ...COMMON_METRICS.memory,
    registers,
    collect: () => {
      memory.set(process.memoryUsage.rss());
    },
  });
  const start = new Gauge({ ...COMMON_METRICS.startTime, registers });
  start.set(Math.round(Date.now() / 1_000 - process.uptime()));
}
