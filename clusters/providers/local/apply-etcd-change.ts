/** Makes one planned change of the etcd members. */
import { rm } from 'node:fs/promises';
import { type StepResult, waiting } from '../provider.ts';
import { clientUrl, etcdMemberName, peerUrl } from './commands.ts';
import { stopDaemon } from './daemon.ts';
import { type EtcdChange, knownAt } from './etcd-change.ts';
import type { EtcdClient, EtcdMember } from './etcd-client.ts';
import { etcdPlace, initialMember, startEtcd } from './etcd-process.ts';
import { refusalOf } from './etcd-refusal.ts';
import type { Machine } from './machine.ts';
import { portsAt } from './ports.ts';

const RETRY_MS = 300;
const GRACE_MS = 10_000;

/** An etcd member that serves and votes, through which the members are changed. */
export interface Voter {
  readonly etcd: EtcdClient;
  readonly url: string;
  /** The members that it knows. */
  readonly known: readonly EtcdMember[];
}

/** Returns undefined when nothing is left to do for the member, and what the step waits for otherwise. */
export async function applyChange(machine: Machine, voter: Voter, change: EtcdChange): Promise<StepResult | undefined> {
  const { index } = change;
  const joining = waiting('EtcdJoining', `etcd member ${etcdMemberName(index)} is joining`, RETRY_MS);
  if (change.do === 'nothing') {
    const url = clientUrl(portsAt(machine.ports.replicas, index));
    return (await voter.etcd.isHealthy(url)) ? undefined : joining;
  }
  if (change.do === 'discard') return discard(machine, voter, index);
  const problem =
    change.do === 'begin'
      ? await startEtcd(machine, index, initialCluster(machine, voter))
      : await refusalOf(request(machine, voter, change), 'EtcdJoining');
  return problem ?? joining;
}

/** Requests the changes that etcd itself makes. */
async function request(
  { ports }: Machine,
  { etcd, url }: Voter,
  change: Extract<EtcdChange, { do: 'add' | 'expel' | 'promote' }>,
): Promise<void> {
  if (change.do === 'add') return etcd.addLearner(url, peerUrl(portsAt(ports.replicas, change.index)));
  return change.do === 'expel' ? etcd.remove(url, change.id) : etcd.promote(url, change.id);
}

async function discard({ layout }: Machine, { etcd, url }: Voter, index: number): Promise<StepResult> {
  await etcd.settle(url);
  await stopDaemon(etcdPlace(layout, index), GRACE_MS);
  await rm(layout.etcdData(index), { recursive: true, force: true });
  return waiting(
    'EtcdDiscarded',
    `deleted the data of etcd member ${etcdMemberName(index)}, which had left etcd`,
    RETRY_MS,
  );
}

/** All members that etcd knows, in the form that a joining member needs. */
function initialCluster(machine: Machine, { known }: Voter): string {
  const { replicas } = machine.ports;
  return replicas
    .flatMap((_, index) =>
      knownAt({ ports: replicas, known }, index) === undefined ? [] : [initialMember(machine, index)],
    )
    .join(',');
}
