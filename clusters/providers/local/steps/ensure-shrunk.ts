/** Step: members beyond the wanted number are gone. Their kube-apiservers get no connections any more by now. */
import { rm } from 'node:fs/promises';
import { done, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { clientUrl, memberName } from '../commands.ts';
import { stopDaemon } from '../daemon.ts';
import type { EtcdClient, EtcdMember } from '../etcd.ts';
import { knownAt } from '../etcd-change.ts';
import { refusalOf } from '../etcd-refusal.ts';
import { isThere } from '../is-there.ts';
import { portsAt } from '../layout.ts';
import { etcdClient, type LocalOptions, machineOf } from '../machine.ts';

const APISERVER_GRACE_MS = 70_000;
const ETCD_GRACE_MS = 10_000;

export async function ensureShrunk(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const { layout, ports, goal } = machine;
  const wanted = goal.controlPlane.replicas;
  const etcd = await etcdClient(machine);
  const staying = clientUrl(portsAt(ports.members, 0));
  for (let index = ports.members.length - 1; index >= wanted; index--) {
    await stopDaemon({ directory: layout.member(index), name: 'kube-apiserver' }, APISERVER_GRACE_MS, context.signal);
    const member = knownAt({ ports: ports.members, known: await etcd.list(staying) }, index);
    if (member === undefined && !(await isThere(layout.member(index)))) continue;
    const refusal = await refusalOf(leave(etcd, staying, member), 'Shrinking');
    if (refusal !== undefined) return refusal;
    await stopDaemon({ directory: layout.member(index), name: 'etcd' }, ETCD_GRACE_MS, context.signal);
    await rm(layout.member(index), { recursive: true, force: true });
    return waiting('Shrinking', `${memberName(index)} has left`, 500);
  }
  return done(`${wanted} member${wanted === 1 ? '' : 's'}, none too many`);
}

/** It may have left before the controller was killed: that this lasts is seen to all the same. */
async function leave(etcd: EtcdClient, url: string, member: EtcdMember | undefined): Promise<void> {
  if (member !== undefined) await etcd.remove(url, member.ID);
  await etcd.settle(url);
}
