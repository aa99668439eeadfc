/** Step: members beyond the wanted number are gone. Their kube-apiservers get no connections any more by now. */
import { rm } from 'node:fs/promises';
import { type StepContext, type StepResult, done, waiting } from '../../provider.ts';
import { clientUrl, memberName, peerUrl } from '../commands.ts';
import { stopDaemon } from '../daemon.ts';
import { refusalOf } from '../etcd-refusal.ts';
import { type LocalOptions, etcdClient, machineOf } from '../machine.ts';

const APISERVER_GRACE_MS = 70_000;
const ETCD_GRACE_MS = 10_000;

export async function ensureShrunk(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const { layout, ports, goal } = machine;
  const wanted = goal.controlPlane.replicas;
  const etcd = await etcdClient(machine);
  for (let index = ports.members.length - 1; index >= wanted; index--) {
    const surplus = ports.members[index];
    const staying = ports.members[0];
    if (surplus === undefined || staying === undefined) continue;
    await stopDaemon({ directory: layout.member(index), name: 'kube-apiserver' }, APISERVER_GRACE_MS, context.signal);
    const known = await etcd.list(clientUrl(staying));
    const member = known.find(({ peerURLs }) => peerURLs.includes(peerUrl(surplus)));
    const refusal = member === undefined ? undefined : await refusalOf(etcd.remove(clientUrl(staying), member.ID), 'Shrinking');
    if (refusal !== undefined) return refusal;
    await stopDaemon({ directory: layout.member(index), name: 'etcd' }, ETCD_GRACE_MS, context.signal);
    await rm(layout.member(index), { recursive: true, force: true });
    if (member !== undefined) return waiting('Shrinking', `${memberName(index)} has left`, 500);
  }
  return done(`${wanted} member${wanted === 1 ? '' : 's'}, none too many`);
}
