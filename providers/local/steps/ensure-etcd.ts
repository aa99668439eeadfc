/**
 * Step: etcd runs with as many members as wanted, each of which votes. The first makes the cluster; the others join one
 * after the other, as learners first, so that at no moment a member that is not there yet counts for the majority.
 */
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type StepContext, type StepResult, done, failed, waiting } from '../../provider.ts';
import { endedEarly } from '../begin.ts';
import { clientUrl, etcdCommand, memberName, peerUrl } from '../commands.ts';
import { runningDaemon, startDaemon } from '../daemon.ts';
import { type EtcdClient, EtcdError, type EtcdMember } from '../etcd.ts';
import { type Layout, type MemberPorts, portsAt } from '../layout.ts';
import { type LocalOptions, type Machine, etcdClient, etcdTls, machineOf, programsOf } from '../machine.ts';

const SOON_MS = 300;

export async function ensureEtcd(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const etcd = await etcdClient(machine);
  const { members } = machine.ports;
  const [first] = members;
  if (first === undefined) return failed('PortsMissing', `${machine.layout.ports} names no member: remove the cluster and create it again`);
  // What was begun runs; the first is begun by that.
  const begun = [0, ...(await others(machine.layout, members))];
  for (const index of begun) {
    const ended = await start(machine, index, `${memberName(index)}=${peerUrl(portsAt(members, index))}`);
    if (ended !== undefined) return ended;
  }
  const healthy = await firstHealthy(etcd, begun.map((index) => portsAt(members, index)));
  if (healthy === undefined) return waiting('EtcdStarting', `etcd in ${machine.layout.root} does not serve yet`, SOON_MS);
  return join(machine, etcd, healthy);
}

/** Brings the next member further that is not a voter yet. */
async function join(machine: Machine, etcd: EtcdClient, url: string): Promise<StepResult> {
  const wanted = machine.goal.controlPlane.replicas;
  const known = await etcd.list(url);
  for (let index = 0; index < wanted; index++) {
    const own = portsAt(machine.ports.members, index);
    const member = known.find(({ peerURLs }) => peerURLs.includes(peerUrl(own)));
    const result = await bringIn({ machine, etcd, url, known }, index, member);
    if (result !== undefined) return result;
  }
  return done(`etcd has ${known.length} member${known.length === 1 ? '' : 's'}`);
}

interface Joining {
  readonly machine: Machine;
  readonly etcd: EtcdClient;
  readonly url: string;
  readonly known: readonly EtcdMember[];
}

/** Undefined when it is a healthy voter. */
async function bringIn({ machine, etcd, url, known }: Joining, index: number, member: EtcdMember | undefined): Promise<StepResult | undefined> {
  const own = portsAt(machine.ports.members, index);
  const joining = waiting('EtcdJoining', `${memberName(index)} of etcd joins`, SOON_MS);
  if (member === undefined) return (await refusalOf(etcd.addLearner(url, peerUrl(own)))) ?? joining;
  if (member.name === '') {
    const ended = await start(machine, index, clusterText(machine, known));
    return ended ?? joining;
  }
  if (member.isLearner) return (await refusalOf(etcd.promote(url, member.ID))) ?? joining;
  return (await etcd.isHealthy(clientUrl(own))) ? undefined : joining;
}

/** etcd refuses while the member before is not known to all for five seconds, and while a learner has not learned everything. */
async function refusalOf(change: Promise<void>): Promise<StepResult | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return waiting('EtcdJoining', error.message, SOON_MS);
  }
}

/** All members by name, as etcd wants to hear it from one that joins. */
function clusterText({ ports }: Machine, known: readonly EtcdMember[]): string {
  return ports.members
    .flatMap((own, index) => (known.some(({ peerURLs }) => peerURLs.includes(peerUrl(own))) ? [`${memberName(index)}=${peerUrl(own)}`] : []))
    .join(',');
}

/** Starts the member's etcd unless it runs; a failure that it said itself. */
async function start(machine: Machine, index: number, initialCluster: string): Promise<StepResult | undefined> {
  const { layout, ports, goal } = machine;
  const place = { directory: layout.member(index), name: 'etcd' };
  if ((await runningDaemon(place)) !== undefined) return undefined;
  await mkdir(place.directory, { recursive: true, mode: 0o700 });
  const binaries = await programsOf(goal.version ?? '');
  const command = etcdCommand({ binaries, layout, ports: ports.members, index, tls: await etcdTls(machine, index), initialCluster });
  try {
    await startDaemon({ ...place, command });
  } catch (error) {
    return failed('EtcdFailed', `etcd of ${memberName(index)} does not start: ${error instanceof Error ? error.message : String(error)}`);
  }
  return endedEarly(place, [portsAt(ports.members, index).etcd, portsAt(ports.members, index).peer]);
}

/** The members beside the first that have data, and so were begun. */
async function others(layout: Layout, members: readonly MemberPorts[]): Promise<number[]> {
  const begun = await Promise.all(
    members.map((_, index) => access(path.join(layout.member(index), 'etcd', 'member')).then(() => true, () => false)),
  );
  return begun.flatMap((is, index) => (is && index > 0 ? [index] : []));
}

async function firstHealthy(etcd: EtcdClient, members: readonly MemberPorts[]): Promise<string | undefined> {
  for (const url of members.map(clientUrl)) if (await etcd.isHealthy(url)) return url;
  return undefined;
}
