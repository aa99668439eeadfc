/**
 * Step: a kube-apiserver of the wanted version for each member, behind one address. What is missing is started first;
 * then those that are not as they should be (an older version, other names, another certificate) are replaced one at a time.
 */
import { mkdir } from 'node:fs/promises';
import { compareVersions } from '../../../../api/kubernetes/version.ts';
import { ensureCertificate } from '../../../controlplane/certificate-files.ts';
import { saysReady } from '../../../controlplane/readyz.ts';
import { done, failed, type StatusPart, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { apiserverCommand, balancerCommand, memberName, serverUrl, type TlsFiles } from '../commands.ts';
import { type Daemon, type DaemonPlace, digestOf, runningDaemon, stopDaemon } from '../daemon.ts';
import {
  etcdClientTls,
  fingerprintOf,
  type LocalOptions,
  type Machine,
  machineOf,
  programsOf,
  writeBackends,
} from '../machine.ts';
import { nextToReplace, type Replaceable } from '../replacement.ts';
import { firstAddress } from '../service-address.ts';
import { begin } from '../start-daemon.ts';
import { newestStarted, noteStart } from '../started-versions.ts';

const SOON_MS = 500;
/** Longer than requests that are under way may take. */
const GRACE_MS = 70_000;

interface Member extends Replaceable {
  readonly index: number;
  readonly port: number;
  readonly daemon: Daemon;
}

export async function ensureApiservers(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const older = await downgrade(machine);
  if (older !== undefined) return older;
  const daemons = await daemonsOf(machine, options);
  const members = await Promise.all(daemons.map((daemon, index) => look(machine, daemon, index)));
  const failure =
    (await beginAll(
      machine,
      members.filter(({ isRunning }) => !isRunning),
    )) ?? (await ensureBalancer(machine, members));
  const result =
    failure ?? (await replaceNext(machine, members, context.signal)) ?? startingOf(members) ?? done(allServe(machine));
  return { ...result, status: statusOf(machine, members, context) };
}

/** In the middle of an upgrade too: etcd may hold what a kube-apiserver of the version before can't read. */
async function downgrade({ layout, goal }: Machine): Promise<StepResult | undefined> {
  const { version = '' } = goal;
  const newest = await newestStarted(layout);
  if (newest === undefined || compareVersions(version, newest) >= 0) return undefined;
  return failed(
    'Downgrade',
    `a kube-apiserver of ${newest} was started already, and the cluster can't go back to ${version}: set version to ${newest} or later`,
  );
}

async function beginAll(machine: Machine, members: readonly Member[]): Promise<StepResult | undefined> {
  for (const member of members) {
    const failure = await beginOne(machine, member);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function beginOne({ layout, goal }: Machine, { daemon, port, index }: Member): Promise<StepResult | undefined> {
  await noteStart(layout, index, goal.version ?? '');
  return begin(daemon, [port]);
}

/** Those that do not serve yet; undefined when all do. */
function startingOf(members: readonly Member[]): StepResult | undefined {
  const starting = members.filter(({ isReady }) => !isReady).map(({ index }) => memberName(index));
  return starting.length === 0
    ? undefined
    : waiting('ApiserverStarting', `kube-apiserver of ${starting.join(', ')} starts`, SOON_MS);
}

async function replaceNext(
  machine: Machine,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const outdated = nextToReplace(members);
  if (outdated === undefined) return undefined;
  await stopDaemon(outdated.daemon, GRACE_MS, signal);
  const failure = await beginOne(machine, outdated);
  return (
    failure ??
    waiting(
      'ApiserverReplaced',
      `kube-apiserver of ${memberName(outdated.index)} starts anew, with ${machine.goal.version ?? ''}`,
      SOON_MS,
    )
  );
}

function allServe({ goal: { controlPlane, version = '' } }: Machine): string {
  return `${controlPlane.replicas} kube-apiserver${controlPlane.replicas === 1 ? '' : 's'} of ${version}`;
}

async function daemonsOf(machine: Machine, { authorization }: LocalOptions): Promise<Daemon[]> {
  const { goal, layout, ports, pki, caFile } = machine;
  const binaries = await programsOf(goal.version ?? '');
  const etcd = await etcdClientTls(machine);
  const asked = await authorization?.(goal.name, layout.pki);
  const daemons: Daemon[] = [];
  for (let index = 0; index < goal.controlPlane.replicas; index++) {
    const certificate = await ensureCertificate(layout.pki, `apiserver-${index}`, pki.authority, {
      commonName: 'kube-apiserver',
      usages: ['server', 'client'],
      ipAddresses: ['127.0.0.1', firstAddress(goal.serviceCIDR), ...goal.alternativeNames.filter(isAddress)],
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${goal.dnsDomain}`,
        ...goal.alternativeNames.filter((name) => !isAddress(name)),
      ],
    });
    const serving: TlsFiles = { cert: certificate.cert, key: certificate.key, ca: caFile };
    const command = apiserverCommand({
      binaries,
      layout,
      ports: ports.members,
      index,
      serving,
      etcd,
      serviceCIDR: goal.serviceCIDR,
      authorization: asked?.config,
    });
    const depends = [
      certificate.fingerprint,
      etcd.fingerprint,
      fingerprintOf(pki.authority.cert),
      ...(asked?.depends ?? []),
    ];
    daemons.push({ directory: layout.member(index), name: 'kube-apiserver', command, depends });
  }
  return daemons;
}

async function look({ ports, pki }: Machine, daemon: Daemon, index: number): Promise<Member> {
  await mkdir(daemon.directory, { recursive: true, mode: 0o700 });
  const port = ports.members[index]?.apiserver ?? 0;
  const running = await runningDaemon(daemon);
  const isReady = running !== undefined && (await saysReady(`https://127.0.0.1:${port}`, pki.authority.cert));
  return {
    index,
    port,
    daemon,
    isRunning: running !== undefined,
    isUpToDate: running?.digest === digestOf(daemon),
    isReady,
  };
}

function statusOf({ goal, ports }: Machine, members: readonly Member[], { cluster }: StepContext): StatusPart {
  const ready = members.filter(({ isReady }) => isReady).length;
  const upToDate = members.filter(({ isReady, isUpToDate }) => isReady && isUpToDate).length;
  // The version of a cluster is that of its oldest member.
  const version = upToDate === members.length ? goal.version : cluster.status?.version;
  return {
    controlPlane: { desired: goal.controlPlane.replicas, ready, upToDate },
    server: serverUrl(ports),
    ...(version === undefined || version === null ? {} : { version }),
  };
}

async function ensureBalancer(machine: Machine, members: readonly Member[]): Promise<StepResult | undefined> {
  const { layout, ports } = machine;
  await writeBackends(
    machine,
    members.map(({ port }) => port),
  );
  const daemon: Daemon = { directory: layout.root, name: 'balancer', command: balancerCommand(layout, ports) };
  const place: DaemonPlace = daemon;
  if ((await runningDaemon(place)) !== undefined) return undefined;
  return begin(daemon, [ports.server]);
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(':');
}
