/**
 * Step: surplus control plane replicas are gone. The step before has already taken their kube-apiservers off the
 * balancer.
 */
import { rm } from 'node:fs/promises';
import { done, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { clientUrl } from '../commands.ts';
import { stopDaemon } from '../daemon.ts';
import { knownAt } from '../etcd-change.ts';
import type { EtcdClient, EtcdMember } from '../etcd-client.ts';
import { etcdClient, etcdPlace } from '../etcd-process.ts';
import { refusalOf } from '../etcd-refusal.ts';
import { exists } from '../exists.ts';
import type { Machine } from '../machine.ts';
import { portsAt } from '../ports.ts';
import { APISERVER_GRACE_MS, apiserverPlace } from './ensure-apiservers.ts';

const ETCD_GRACE_MS = 10_000;
const RETRY_MS = 500;

/** Removes at most one replica, the last, and waits for the next run. */
export async function ensureShrunk(machine: Machine, { signal }: StepContext): Promise<StepResult> {
  const { layout, ports, goal } = machine;
  const wanted = goal.controlPlane.replicas;
  const etcd = await etcdClient(machine);
  const staying = clientUrl(portsAt(ports.replicas, 0));
  for (let index = ports.replicas.length - 1; index >= wanted; index--) {
    await stopDaemon(apiserverPlace(layout, index), APISERVER_GRACE_MS, signal);
    const member = knownAt({ ports: ports.replicas, known: await etcd.list(staying) }, index);
    if (member === undefined && !(await exists(layout.replica(index)))) continue;
    const refusal = await refusalOf(leave(etcd, staying, member), 'Shrinking');
    if (refusal !== undefined) return refusal;
    await stopDaemon(etcdPlace(layout, index), ETCD_GRACE_MS, signal);
    await rm(layout.replica(index), { recursive: true, force: true });
    return waiting('Shrinking', `control plane replica ${index} is removed`, RETRY_MS);
  }
  return done(`the cluster has ${wanted} control plane replica${wanted === 1 ? '' : 's'}, and no surplus`);
}

/** The member may have left before the controller was killed: persist its removal in any case. */
async function leave(etcd: EtcdClient, url: string, member: EtcdMember | undefined): Promise<void> {
  if (member !== undefined) await etcd.remove(url, member.ID);
  await etcd.settle(url);
}
