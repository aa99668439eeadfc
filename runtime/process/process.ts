/**
 * Runs a process: flags, logs, client, caches, health, leader election and a graceful shutdown. The main.ts of a process is one
 * call of runProcess.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeObject, Resource } from '../../api/object.ts';
import { untilAborted } from '../abort.ts';
import { Informer, type InformerOptions } from '../cache/informer.ts';
import { type Client, createClient } from '../client/client.ts';
import { loadKubeConfig } from '../client/credentials.ts';
import { retryRefusedWrites } from '../client/retry-refused-writes.ts';
import { LeaderElector, LeadershipLostError } from '../election/leader.ts';
import { messageOf } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import { EventRecorder } from '../loop/events.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { commonFlags, type FlagSpecs, type Flags, millisecondsOf, readFlags, UsageError } from './flags.ts';
import { type ReadyCheck, serveHealth } from './health.ts';
import { helpText } from './help.ts';

export interface ProcessContext {
  /** The name of the process, its Lease and its ServiceAccount. */
  readonly name: string;
  readonly log: Logger;
  /** With leader election, it refuses to write while this process does not hold the Lease. */
  readonly client: Client;
  readonly metrics: Metrics;
  readonly events: EventRecorder;
  readonly flags: Flags;
  /** Aborts when the process must stop. */
  readonly signal: AbortSignal;
  /** A cache of a kind. It starts after setup. Call this in setup, once per kind. */
  informer<T extends KubeObject>(
    resource: Resource<T>,
    options?: Omit<InformerOptions<T>, 'resource' | 'client' | 'log' | 'now'>,
  ): Informer<T>;
  /** Adds a check to /readyz. */
  readyWhen(what: string, check: ReadyCheck): void;
}

export interface Running {
  /** The work of the leader, until the signal aborts. */
  run?(signal: AbortSignal): Promise<void>;
  /** Ends what setup started. */
  stop?(): Promise<void>;
}

export interface ProcessOptions {
  readonly name: string;
  /** Whether only one process of this name works at a time. */
  readonly leaderElection: boolean;
  /** A flag with which the process works once, without leader election, and exits. */
  readonly onceWith?: string;
  readonly flags?: FlagSpecs;
  setup(context: ProcessContext): Promise<Running>;
}

/** Less than the 30 s after which a kubelet kills a pod. */
const STOP_LIMIT_MS = 10_000;

/** Runs a process until SIGTERM or SIGINT. Exits with code 0 then, with 1 after a failure, and with 2 after wrong usage. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const specs = { ...commonFlags(options.leaderElection), ...options.flags };
  try {
    const flags = readFlags(specs, process.argv.slice(2));
    if (flags['help'] === true) return void process.stdout.write(helpText(options.name, specs));
    const log = createLogger({ name: options.name, level: String(flags['log-level']) });
    // Fail on an unreadable kubeconfig at once, rather than in a watch that retries forever.
    kubeConfigOf(flags);
    process.on('unhandledRejection', (error) => fail(log, error));
    await serve(options, flags, log).catch((error: unknown) => {
      if (error instanceof UsageError) throw error;
      fail(log, error);
    });
    process.exit();
  } catch (error) {
    process.stderr.write(`${options.name}: ${messageOf(error)}; see --help\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

async function serve(options: ProcessOptions, flags: Flags, log: Logger): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info('stopping', { signal });
      stopped.abort();
      // Work that hangs must not block a pod or a terminal.
      setTimeout(() => fail(log, new Error('did not stop in time')), STOP_LIMIT_MS).unref();
    });
  }
  const parts = contextOf(options, flags, log, stopped.signal);
  const { context, informers, checks } = parts;
  // Until setup is finished, caches may be missing from the checks. No checks must not look like ready.
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

/** Does the leader's work. Without any, waits for the signal. */
async function work({ context, elector, informers }: Parts, running: Running, signal: AbortSignal): Promise<void> {
  const run = running.run?.bind(running) ?? untilAborted;
  if (elector === undefined) return run(signal);
  const { log, metrics } = context;
  const gauge = metrics.leader.labels({ name: context.name });
  gauge.set(0);
  const lead = async (leading: AbortSignal): Promise<void> => {
    gauge.set(1);
    // The last writes of the previous leader may not be in the caches yet. Working on an older state would undo them.
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
  /** Every client that was opened. */
  readonly clients: readonly Client[];
  readonly informers: Informer<KubeObject>[];
  readonly checks: Map<string, ReadyCheck>;
  /** Absent without leader election. */
  readonly elector: LeaderElector | undefined;
}

function contextOf({ name, onceWith = '' }: ProcessOptions, flags: Flags, log: Logger, signal: AbortSignal): Parts {
  const metrics = createMetrics();
  const observe = (method: string, code: number): void => metrics.requests.inc({ method, code: String(code) });
  const clients: Client[] = [];
  // Each client has connections of its own: a Lease renewal must not wait behind 200 writes, nor a write behind events.
  const newClient = (mayWrite?: () => boolean): Client => {
    const client = createClient(() => kubeConfigOf(flags), { fieldManager: name, observe, mayWrite });
    clients.push(client);
    return client;
  };
  const elector =
    flags['leader-elect'] === true && flags[onceWith] !== true ? electorOf(name, flags, newClient(), log) : undefined;
  const background = newClient();
  const informers: Informer<KubeObject>[] = [];
  const checks = new Map<string, ReadyCheck>();
  const context: ProcessContext = {
    name,
    log,
    client: retryRefusedWrites(newClient(elector === undefined ? undefined : () => elector.isLeading)),
    metrics,
    events: new EventRecorder(background, { component: name, instance: hostname(), log }),
    flags,
    signal,
    informer: (resource, options = {}) => {
      const informer = new Informer({ resource, client: background, log, ...options });
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
    : `nothing received from the API server for ${Math.round(informer.lastEventAgeMs() / 1_000)} s`;
}

function fail(log: Logger, error: unknown): never {
  log.error('process failed', { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
  process.exit(1);
}
