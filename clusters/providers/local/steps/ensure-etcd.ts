/**
 * Step: etcd runs with as many members as wanted, each of which votes. The first makes the cluster; the others join one
 * after the other, as learners first, so that at no moment a member that is not there yet counts for the majority. One
 * whose data are lost joins again; when all are, nothing is started: an empty cluster is not what was asked for.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { done, failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { clientUrl, etcdCommand, memberName, peerUrl } from '../commands.ts';
import { runningDaemon, startDaemon, stopDaemon } from '../daemon.ts';
import type { EtcdClient, EtcdMember } from '../etcd.ts';
import { type EtcdChange, etcdChanges, knownAt } from '../etcd-change.ts';
import { refusalOf } from '../etcd-refusal.ts';
import { isThere } from '../is-there.ts';
import { type Layout, portsAt } from '../layout.ts';
import { etcdClient, etcdTls, type LocalOptions, type Machine, machineOf, programsOf } from '../machine.ts';
import { endedEarly } from '../start-daemon.ts';

const SOON_MS = 300;
const GRACE_MS = 10_000;

export async function ensureEtcd(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const withData = await membersWithData(machine);
  if (withData.length === 0 && wasMade(context)) return dataMissing(machine.layout);
  // The first makes the cluster, and has data then.
  const begun = withData.length === 0 ? [0] : withData;
  const failures = await startAll(machine, begun);
  const etcd = await etcdClient(machine);
  const voter = await firstVoter(etcd, machine);
  if (voter === undefined)
    return (
      [...failures.values()][0] ?? waiting('EtcdStarting', `etcd in ${machine.layout.root} does not serve yet`, SOON_MS)
    );
  return change({ machine, etcd, ...voter }, begun, failures);
}

function wasMade({ cluster: { status } }: StepContext): boolean {
  return (status?.clusterID ?? undefined) !== undefined;
}

interface Changing {
  readonly machine: Machine;
  readonly etcd: EtcdClient;
  /** Of a member that serves and votes. */
  readonly url: string;
  readonly known: readonly EtcdMember[];
}

/** Makes the first change that is needed. `failures` is what kept members from starting. */
async function change(
  changing: Changing,
  withData: readonly number[],
  failures: ReadonlyMap<number, StepResult>,
): Promise<StepResult> {
  const { machine, known } = changing;
  const {
    ports: { members },
    goal,
  } = machine;
  for (const each of etcdChanges({ ports: members, known, withData, wanted: goal.controlPlane.replicas })) {
    const result = failureOf(failures, each) ?? (await make(changing, each));
    if (result !== undefined) return result;
  }
  return done(`etcd has ${known.length} member${known.length === 1 ? '' : 's'}`);
}

/** One that was never a member, or is not any more, is started with what it needs to join, not as it was. */
function failureOf(failures: ReadonlyMap<number, StepResult>, { do: what, index }: EtcdChange): StepResult | undefined {
  return what === 'nothing' || what === 'promote' ? failures.get(index) : undefined;
}

/** Undefined when the member is a healthy voter. */
async function make(changing: Changing, wanted: EtcdChange): Promise<StepResult | undefined> {
  const { machine, etcd, known } = changing;
  const joining = waiting('EtcdJoining', `${memberName(wanted.index)} of etcd joins`, SOON_MS);
  if (wanted.do === 'nothing')
    return (await etcd.isHealthy(clientUrl(portsAt(machine.ports.members, wanted.index)))) ? undefined : joining;
  if (wanted.do === 'discard') return discard(changing, wanted.index);
  if (wanted.do === 'begin') return (await start(machine, wanted.index, clusterText(machine, known))) ?? joining;
  return (await refusalOf(ask(changing, wanted), 'EtcdJoining')) ?? joining;
}

/** The changes that etcd itself makes. */
async function ask(
  { machine, etcd, url }: Changing,
  wanted: Extract<EtcdChange, { do: 'add' | 'expel' | 'promote' }>,
): Promise<void> {
  if (wanted.do === 'add') return etcd.addLearner(url, peerUrl(portsAt(machine.ports.members, wanted.index)));
  return wanted.do === 'expel' ? etcd.remove(url, wanted.id) : etcd.promote(url, wanted.id);
}

async function discard({ machine: { layout }, etcd, url }: Changing, index: number): Promise<StepResult> {
  await etcd.settle(url);
  await stopDaemon({ directory: layout.member(index), name: 'etcd' }, GRACE_MS);
  await rm(dataOf(layout, index), { recursive: true, force: true });
  return waiting('EtcdDiscarded', `what ${memberName(index)} stored before it left etcd is removed`, SOON_MS);
}

/** All members by name, as etcd wants to hear it from one that joins. */
function clusterText({ ports }: Machine, known: readonly EtcdMember[]): string {
  return ports.members
    .flatMap((own, index) =>
      knownAt({ ports: ports.members, known }, index) === undefined ? [] : [`${memberName(index)}=${peerUrl(own)}`],
    )
    .join(',');
}

/** Starts the etcd of those members, and returns what kept any of them from it. */
async function startAll(machine: Machine, indices: readonly number[]): Promise<Map<number, StepResult>> {
  const failures = new Map<number, StepResult>();
  for (const index of indices) {
    const failure = await start(
      machine,
      index,
      `${memberName(index)}=${peerUrl(portsAt(machine.ports.members, index))}`,
    );
    if (failure !== undefined) failures.set(index, failure);
  }
  return failures;
}

/** Starts the member's etcd unless it runs; a failure that it said itself. What it knows from its data counts more than `initialCluster`. */
async function start(machine: Machine, index: number, initialCluster: string): Promise<StepResult | undefined> {
  const { layout, ports, goal } = machine;
  const place = { directory: layout.member(index), name: 'etcd' };
  if ((await runningDaemon(place)) !== undefined) return undefined;
  await mkdir(place.directory, { recursive: true, mode: 0o700 });
  const binaries = await programsOf(goal.version ?? '');
  const command = etcdCommand({
    binaries,
    layout,
    ports: ports.members,
    index,
    tls: await etcdTls(machine, index),
    initialCluster,
  });
  try {
    await startDaemon({ ...place, command });
  } catch (error) {
    return failed(
      'EtcdFailed',
      `etcd of ${memberName(index)} does not start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return endedEarly(place, [portsAt(ports.members, index).etcd, portsAt(ports.members, index).peer]);
}

/** The members that were begun: the log of what etcd writes is made as a whole, before anything else counts. */
async function membersWithData({ layout, ports }: Machine): Promise<number[]> {
  const begun = await Promise.all(
    ports.members.map((_, index) => isThere(path.join(dataOf(layout, index), 'member', 'wal'))),
  );
  return begun.flatMap((is, index) => (is ? [index] : []));
}

function dataOf(layout: Layout, index: number): string {
  return path.join(layout.member(index), 'etcd');
}

function dataMissing({ root }: Layout): StepResult {
  return failed(
    'DataMissing',
    `what etcd stored is not in ${root}, though the cluster was made: bring the folder back (does the controller run on another machine, or with another --local-directory?), or delete the cluster and create it again`,
  );
}

/** A member that serves and votes, and the members that it knows: one that only learns says that it serves, and refuses to tell. */
async function firstVoter(etcd: EtcdClient, { ports }: Machine): Promise<Pick<Changing, 'url' | 'known'> | undefined> {
  for (const url of ports.members.map(clientUrl)) {
    const known = (await etcd.isHealthy(url)) ? await etcd.list(url).catch(() => undefined) : undefined;
    if (known !== undefined) return { url, known };
  }
  return undefined;
}
