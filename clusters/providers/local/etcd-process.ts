/** Starts the etcd of a control plane replica, and connects to it. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { StepResult } from '../provider.ts';
import { etcdCommand, etcdMemberName, peerUrl } from './commands.ts';
import type { DaemonPlace } from './daemon.ts';
import { EtcdClient } from './etcd-client.ts';
import { exists } from './exists.ts';
import { etcdClientTls, etcdMemberTls } from './key-files.ts';
import { launch } from './launch.ts';
import type { Layout } from './layout.ts';
import type { Machine } from './machine.ts';
import { portsAt } from './ports.ts';

export function etcdPlace(layout: Layout, index: number): DaemonPlace {
  return { directory: layout.replica(index), name: 'etcd' };
}

export async function etcdClient(machine: Pick<Machine, 'layout' | 'pki'>): Promise<EtcdClient> {
  const { cert, key } = await etcdClientTls(machine);
  return new EtcdClient({ cert, key, ca: machine.pki.etcdAuthority.cert });
}

/**
 * Starts the etcd of a replica unless it runs; returns why when it does not stay up. `initialCluster` matters only
 * until it has data: then etcd follows its data.
 */
export async function startEtcd(
  machine: Machine,
  index: number,
  initialCluster = initialMember(machine, index),
): Promise<StepResult | undefined> {
  const { layout, ports, binaries } = machine;
  const place = etcdPlace(layout, index);
  await mkdir(place.directory, { recursive: true, mode: 0o700 });
  const tls = await etcdMemberTls(machine, index);
  const command = etcdCommand({ binaries, layout, ports, index, tls, initialCluster });
  const { etcd, peer } = portsAt(ports.replicas, index);
  return launch({ ...place, command }, [etcd, peer]);
}

/** A replica's entry for --initial-cluster. */
export function initialMember({ ports }: Pick<Machine, 'ports'>, index: number): string {
  return `${etcdMemberName(index)}=${peerUrl(portsAt(ports.replicas, index))}`;
}

/**
 * The indices of the replicas whose etcd has data. etcd creates the folder of its log as a whole, before anything in it
 * counts.
 */
export async function replicasWithData({ layout, ports }: Pick<Machine, 'layout' | 'ports'>): Promise<number[]> {
  const hasLog = await Promise.all(
    ports.replicas.map((_, index) => exists(path.join(layout.etcdData(index), 'member', 'wal'))),
  );
  return hasLog.flatMap((has, index) => (has ? [index] : []));
}
