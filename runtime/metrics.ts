/** The metrics that every process has, under the names that users of controller-runtime know. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { KubeObject } from '../api/object.ts';
import type { Informer } from './cache/informer.ts';

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

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  observeProcess(registry);
  const depths = new Map<string, () => number>();
  const informers: Pick<Informer<KubeObject>, 'resource' | 'lastEventAgeMs' | 'relists'>[] = [];
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    collect: (gauge: Gauge<L>) => void,
  ): Gauge<L> =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        collect(this);
      },
    });

  gauge('workqueue_depth', 'Keys that wait for a worker', ['name'], (each) => {
    for (const [name, depth] of depths) each.set({ name }, depth());
  });
  gauge(
    'informer_last_event_age_seconds',
    'Time since the API server last said anything on a watch',
    ['resource'],
    (each) => {
      for (const informer of informers)
        each.set({ resource: informer.resource.plural }, informer.lastEventAgeMs() / 1_000);
    },
  );
  gauge('informer_full_reads', 'How often the full state of a kind was read', ['resource'], (each) => {
    for (const informer of informers) each.set({ resource: informer.resource.plural }, informer.relists);
  });
  return {
    registry,
    ...reconcileMetrics(registers),
    requests: new Counter({
      name: 'rest_client_requests_total',
      help: 'Requests to the API server',
      labelNames: ['method', 'code'],
      registers,
    }),
    leader: new Gauge({
      name: 'leader_election_master_status',
      help: '1 while this process is the leader',
      labelNames: ['name'],
      registers,
    }),
    observeQueue: (name, depth) => void depths.set(name, depth),
    observeInformer: (informer) => void informers.push(informer),
  };
}

function reconcileMetrics(
  registers: Registry[],
): Pick<Metrics, 'reconcileTotal' | 'reconcileTime' | 'queueAdds' | 'queueRetries'> {
  return {
    reconcileTotal: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles by result',
      labelNames: ['controller', 'result'],
      registers,
    }),
    reconcileTime: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Time of a reconcile',
      labelNames: ['controller'],
      registers,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    }),
    queueAdds: new Counter({
      name: 'workqueue_adds_total',
      help: 'Keys that were added',
      labelNames: ['name'],
      registers,
    }),
    queueRetries: new Counter({
      name: 'workqueue_retries_total',
      help: 'Keys that failed and come again',
      labelNames: ['name'],
      registers,
    }),
  };
}

/** CPU and memory, chosen by hand: some of the client library's defaults break Prometheus' naming rules. */
function observeProcess(registry: Registry): void {
  const registers = [registry];
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1_000_000);
    },
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const start = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, as a Unix time',
    registers,
  });
  start.set(Math.round(Date.now() / 1_000 - process.uptime()));
  void [cpu, memory];
}
