/**
 * The frame of every process: flags, logs, client, caches, health, election, and an end that leaves nothing half done.
 * A process's main.ts is one call of runProcess.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeObject, Resource } from '../../api/object.ts';
import { untilAborted } from '../abort.ts';
import { Informer, type InformerOptions } from '../cache/informer.ts';
import { type Client, createClient } from '../client/client.ts';
import { loadKubeConfig } from '../client/credentials.ts';
import { patientClient } from '../client/retry-refused-writes.ts';
import { LeaderElector, LeadershipLostError } from '../election/leader.ts';
import { messageOf } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { EventRecorder } from '../loop/events.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { commonFlags, type FlagSpecs, type Flags, millisecondsOf, readFlags, UsageError } from './flags.ts';
import { type ReadyCheck, serveHealth } from './health.ts';
import { helpText } from './help.ts';

export interface ProcessContext {
  /** The name of the process, which is that of its Lease and its ServiceAccount. */
  readonly name: string;
  readonly log: Logger;
  /** Where a Lease decides who works, it writes only while that is held. */
  readonly client: Client;
  readonly metrics: Metrics;
  readonly events: EventRecorder;
  readonly flags: Flags;
  /** Aborts when the process is told to stop. */
  readonly signal: AbortSignal;
  /** A cache of a kind, started with the process. Call it in setup, once for each kind. */
  informer<T extends KubeObject>(
    resource: Resource<T>,
    options?: Omit<InformerOptions<T>, 'resource' | 'client' | 'log' | 'now'>,
  ): Informer<T>;
  /** Adds a check to /readyz: why not, or undefined. */
  readyWhen(what: string, check: ReadyCheck): void;
}

export interface Running {
  /** The work that only the leader does, until the signal aborts. */
  run?(signal: AbortSignal): Promise<void>;
  /** Ends what setup has started. */
  stop?(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  /** Whether one process of this name works at a time. */
  readonly leaderElection: boolean;
  /** The name of a flag with which the work is done once, whoever leads, and the process ends then. */
  readonly onceWith?: string;
  readonly flags?: FlagSpecs;
  setup(context: ProcessContext): Promise<Running>;
}

const STOP_LIMIT_MS = 10_000;

/** Runs a process until SIGTERM or SIGINT, then ends it with exit code 0; 1 after a failure, 2 after wrong usage. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const specs = { ...commonFlags(options.leaderElection), ...options.flags };
  try {
    const flags = readFlags(specs, process.argv.slice(2));
    if (flags['help'] === true) return void process.stdout.write(helpText(options.name, specs));
    const log = createLogger({ name: options.name, level: String(flags['log-level']) });
    // A kubeconfig that can't be read is told in one line, not by a watch that fails again and again.
    kubeConfigOf(flags);
    process.on('unhandledRejection', (error) => fail(log, error));
    await serve(options, flags, log).catch((error: unknown) => {
      if (error instanceof UsageError) throw error;
      fail(log, error);
    });
    process.exit();
  } catch (error) {
    process.stderr.write(`${options.name}: ${messageOf(error)}; --help shows the flags\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

async function serve(options: ProcessOptions, flags: Flags, log: Logger): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping', { signal });
      stopped.abort();
      // What does not end in time must not keep a pod, or a terminal, for ever.
      setTimeout(() => fail(log, new Error('did not stop in time')), STOP_LIMIT_MS).unref();
    });
  }
  const parts = contextOf(options, flags, log, stopped.signal);
  const { context, informers, checks } = parts;
  // Until setup is through, caches may be missing from the checks: none must not read as all ready.
  checks.set('setup', () => 'not finished');
  const health = await serveHealth(String(flags['health-address']), checks, context.metrics.registry);
  log.info('serving health and metrics', { address: health.address });
  const running = await options.setup(context);
  checks.delete('setup');
  const caches = Promise.all(informers.map((informer) => informer.start(stopped.signal)));
  await work(parts, running, stopped.signal);
  stopped.abort();
  await running.stop?.();
  await caches;
  await context.events.flush();
  await health.stop();
  await Promise.all(parts.clients.map((client) => client.close()));
  log.info('stopped');
}

/** Does the leader's work; without any, waits for the end. */
async function work({ context, elector, informers }: Parts, running: Running, signal: AbortSignal): Promise<void> {
  const run = running.run?.bind(running) ?? untilAborted;
  if (elector === undefined) return run(signal);
  const { log, metrics } = context;
  const gauge = metrics.leader.labels({ name: context.name });
  gauge.set(0);
  const lead = async (leading: AbortSignal): Promise<void> => {
    gauge.set(1);
    // What the leader before wrote last may not have arrived yet; working on an older state would undo it.
    await Promise.race([Promise.all(informers.map((informer) => informer.refresh())), untilAborted(leading)]);
    await run(leading);
  };
  while (!signal.aborted) {
    try {
      await elector.run(signal, lead);
    } catch (error) {
      if (!(error instanceof LeadershipLostError) || !error.workEnded) throw error;
      gauge.set(0);
      log.info('lost the lease, standing by', { error: messageOf(error) });
    }
  }
}

interface Parts {
  readonly context: ProcessContext;
  /** All that were opened. */
  readonly clients: readonly Client[];
  readonly informers: Informer<KubeObject>[];
  readonly checks: Map<string, ReadyCheck>;
  /** Absent when no Lease decides whether the process may work. */
  readonly elector: LeaderElector | undefined;
}

function contextOf({ name, onceWith = '' }: ProcessOptions, flags: Flags, log: Logger, signal: AbortSignal): Parts {
  const metrics = createMetrics();
  const observe = (method: string, code: number): void => metrics.requests.inc({ method, code: String(code) });
  const clients: Client[] = [];
  // Each has connections of its own: a Lease must not wait behind two hundred writes, nor a write behind events.
  const newClient = (mayWrite?: () => boolean): Client => {
    const client = createClient(() => kubeConfigOf(flags), { fieldManager: name, observe, mayWrite });
    clients.push(client);
    return client;
  };
  const elector =
    flags['leader-elect'] === true && flags[onceWith] !== true ? electorOf(name, flags, newClient(), log) : undefined;
  const telling = newClient();
  const informers: Informer<KubeObject>[] = [];
  const checks = new Map<string, ReadyCheck>();
  const context: ProcessContext = {
    name,
    log,
    client: patientClient(newClient(elector === undefined ? undefined : () => elector.isLeading)),
    metrics,
    events: new EventRecorder(telling, { component: name, instance: hostname(), log }),
    flags,
    signal,
    informer: (resource, options = {}) => {
      const informer = new Informer({ resource, client: telling, log, ...options });
      informers.push(informer as unknown as Informer<KubeObject>);
      metrics.observeInformer(informer);
      checks.set(`cache of ${resource.plural}`, () => cacheProblem(informer));
      return informer;
    },
    readyWhen: (what, check) => void checks.set(what, check),
  };
  return { context, clients, informers, checks, elector };
}

function electorOf(name: string, flags: Flags, client: Client, log: Logger): LeaderElector {
  const identity = `${hostname()}_${randomUUID()}`;
  const [leaseDurationMs, renewDeadlineMs, retryPeriodMs] = [
    millisecondsOf(flags, 'leader-elect-lease-duration'),
    millisecondsOf(flags, 'leader-elect-renew-deadline'),
    millisecondsOf(flags, 'leader-elect-retry-period'),
  ];
  if (renewDeadlineMs >= leaseDurationMs || retryPeriodMs >= renewDeadlineMs) {
    throw new UsageError(
      '--leader-elect-retry-period must be below --leader-elect-renew-deadline, and that below --leader-elect-lease-duration',
    );
  }
  return new LeaderElector({
    client,
    name,
    namespace: String(flags['lease-namespace']),
    identity,
    log,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  });
}

function kubeConfigOf(flags: Flags): ReturnType<typeof loadKubeConfig> {
  return loadKubeConfig(typeof flags['kubeconfig'] === 'string' ? flags['kubeconfig'] : undefined);
}

function cacheProblem<T extends KubeObject>(informer: Informer<T>): string | undefined {
  if (!informer.hasSynced) return 'not read yet';
  return informer.isCurrent
    ? undefined
    : `the API server was last heard ${Math.round(informer.lastEventAgeMs() / 1_000)} s ago`;
}

function fail(log: Logger, error: unknown): never {
  log.error('process failed', { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  process.exit(1);
}
