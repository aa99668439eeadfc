/**
 * Step: each control plane replica has a kube-apiserver of the desired version, all of them behind one address. Missing
 * ones are started first. Then outdated ones (another version, other names, another certificate) are replaced one at a
 * time.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { compareVersions } from '../../../../api/kubernetes/version.ts';
import { writeWhole } from '../../../controlplane/certificate-files.ts';
import { saysReady } from '../../../controlplane/readyz.ts';
import { done, failed, type StatusPart, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { apiserverCommand, apiserverUrl, balancerCommand, serverUrl } from '../commands.ts';
import { type Daemon, type DaemonPlace, digestOf, runningDaemon, stopDaemon } from '../daemon.ts';
import { apiserverTls, etcdClientTls } from '../key-files.ts';
import { launch } from '../launch.ts';
import type { Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { LocalOptions } from '../options.ts';
import { portsAt } from '../ports.ts';
import { nextToReplace, type Replaceable } from '../replacement.ts';
import { newestStarted, recordStart } from '../started-versions.ts';

const RETRY_MS = 500;
/** Longer than the requests in flight may take: a kube-apiserver ends them after 60 s. */
export const APISERVER_GRACE_MS = 70_000;

interface Replica extends Replaceable {
  readonly index: number;
  readonly port: number;
  readonly daemon: Daemon;
}

export function apiserverPlace(layout: Layout, index: number): DaemonPlace {
  return { directory: layout.replica(index), name: 'kube-apiserver' };
}

export async function ensureApiservers(
  machine: Machine,
  context: StepContext,
  options: LocalOptions,
): Promise<StepResult> {
  const downgrade = await downgradeProblem(machine);
  if (downgrade !== undefined) return downgrade;
  const daemons = await daemonsOf(machine, options);
  const replicas = await Promise.all(daemons.map((daemon, index) => observe(machine, daemon, index)));
  const result =
    (await startMissing(machine, replicas)) ??
    (await ensureBalancer(machine, replicas)) ??
    (await replaceNext(machine, replicas, context.signal)) ??
    startingOf(replicas) ??
    done(countOf(machine));
  return { ...result, status: statusOf(machine, replicas, context) };
}

/**
 * Refuses an older version, even in the middle of an upgrade: etcd may already hold what the older kube-apiserver
 * cannot read.
 */
async function downgradeProblem({ layout, version }: Machine): Promise<StepResult | undefined> {
  const newest = await newestStarted(layout);
  if (newest === undefined || compareVersions(version, newest) >= 0) return undefined;
  return failed(
    'Downgrade',
    `a kube-apiserver of ${newest} has already been started, so the cluster cannot go back to ${version}: set spec.version to ${newest} or later`,
  );
}

async function daemonsOf(machine: Machine, { authorization }: LocalOptions): Promise<Daemon[]> {
  const { goal, layout, ports, pki, binaries } = machine;
  const { serviceCIDR } = goal;
  const etcd = await etcdClientTls(machine);
  const authorizer = await authorization?.(goal.name, layout.pki);
  const daemons: Daemon[] = [];
  for (let index = 0; index < goal.controlPlane.replicas; index++) {
    const serving = await apiserverTls(machine, index);
    const files = { serving, etcd, serviceCIDR, authorization: authorizer?.config };
    daemons.push({
      ...apiserverPlace(layout, index),
      command: apiserverCommand({ binaries, layout, ports, index, ...files }),
      depends: [
        serving.fingerprint,
        etcd.fingerprint,
        new X509Certificate(pki.authority.cert).fingerprint256,
        ...(authorizer?.depends ?? []),
      ],
    });
  }
  return daemons;
}

async function observe({ ports, pki }: Machine, daemon: Daemon, index: number): Promise<Replica> {
  await mkdir(daemon.directory, { recursive: true, mode: 0o700 });
  const own = portsAt(ports.replicas, index);
  const running = await runningDaemon(daemon);
  return {
    index,
    port: own.apiserver,
    daemon,
    isRunning: running !== undefined,
    isUpToDate: running?.digest === digestOf(daemon),
    isReady: running !== undefined && (await saysReady(apiserverUrl(own), pki.authority.cert)),
  };
}

async function startMissing(machine: Machine, replicas: readonly Replica[]): Promise<StepResult | undefined> {
  for (const replica of replicas.filter(({ isRunning }) => !isRunning)) {
    const failure = await start(machine, replica);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function start({ layout, version }: Machine, { daemon, port, index }: Replica): Promise<StepResult | undefined> {
  await recordStart(layout, index, version);
  return launch(daemon, [port]);
}

async function ensureBalancer(
  { layout, ports }: Machine,
  replicas: readonly Replica[],
): Promise<StepResult | undefined> {
  await writeWhole(layout.backends, JSON.stringify(replicas.map(({ port }) => port)));
  return launch({ directory: layout.root, name: 'balancer', command: balancerCommand(layout, ports) }, [ports.server]);
}

async function replaceNext(
  machine: Machine,
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const outdated = nextToReplace(replicas);
  if (outdated === undefined) return undefined;
  await stopDaemon(outdated.daemon, APISERVER_GRACE_MS, signal);
  const message = `the kube-apiserver of replica ${outdated.index} is restarting with ${machine.version}`;
  return (await start(machine, outdated)) ?? waiting('ApiserverReplaced', message, RETRY_MS);
}

/** Waits for the replicas that do not serve yet; undefined when all do. */
function startingOf(replicas: readonly Replica[]): StepResult | undefined {
  const starting = replicas.filter(({ isReady }) => !isReady).map(({ index }) => index);
  if (starting.length === 0) return undefined;
  const which = `replica${starting.length === 1 ? '' : 's'} ${starting.join(', ')}`;
  return waiting('ApiserverStarting', `the kube-apiserver of ${which} is starting`, RETRY_MS);
}

function countOf({ goal: { controlPlane }, version }: Machine): string {
  const { replicas } = controlPlane;
  return replicas === 1
    ? `1 kube-apiserver of ${version} is ready`
    : `${replicas} kube-apiservers of ${version} are ready`;
}

function statusOf(
  { goal, version, ports }: Machine,
  replicas: readonly Replica[],
  { cluster }: StepContext,
): StatusPart {
  const ready = replicas.filter(({ isReady }) => isReady).length;
  const upToDate = replicas.filter(({ isReady, isUpToDate }) => isReady && isUpToDate).length;
  // A cluster has the version of its oldest replica.
  const reached = upToDate === replicas.length ? version : cluster.status?.version;
  return {
    controlPlane: { desired: goal.controlPlane.replicas, ready, upToDate },
    server: serverUrl(ports),
    ...(reached === undefined || reached === null ? {} : { version: reached }),
  };
}
