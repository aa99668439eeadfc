/** The command lines of a local cluster's processes. Pure. */
import path from 'node:path';
import type { Binaries } from '../../controlplane/binaries.ts';
import { apiserverFlags, authorizationFlags, etcdFlags, managerFlags } from '../../controlplane/components.ts';
import type { Layout } from './layout.ts';
import { type Ports, portsAt, type ReplicaPorts } from './ports.ts';

/** Paths of a certificate, its key and the CA of the other side. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export const clientUrl = ({ etcd }: ReplicaPorts): string => `https://127.0.0.1:${etcd}`;
export const peerUrl = ({ peer }: ReplicaPorts): string => `https://127.0.0.1:${peer}`;
export const apiserverUrl = ({ apiserver }: ReplicaPorts): string => `https://127.0.0.1:${apiserver}`;
export const serverUrl = ({ server }: Ports): string => `https://127.0.0.1:${server}`;
/** The name of a replica's etcd member. etcd stores it, so it must never change. */
export const etcdMemberName = (index: number): string => `member-${index}`;

/** A control plane replica, and what its commands need. */
interface ReplicaInput {
  readonly binaries: Binaries;
  readonly layout: Layout;
  readonly ports: Ports;
  readonly index: number;
}

export interface EtcdCommandInput extends ReplicaInput {
  readonly tls: TlsFiles;
  /**
   * NAME=PEER-URL of all members, this one included, with commas. The member that creates etcd has only itself here.
   */
  readonly initialCluster: string;
}

export function etcdCommand({ binaries, layout, ports, index, tls, initialCluster }: EtcdCommandInput): string[] {
  const own = portsAt(ports.replicas, index);
  const flags = etcdFlags({
    name: etcdMemberName(index),
    dataDir: layout.etcdData(index),
    client: clientUrl(own),
    peer: peerUrl(own),
    initialCluster,
    joins: initialCluster.includes(','),
    tls,
  });
  return [...binaries.etcd, ...flags];
}

export interface ApiserverCommandInput extends ReplicaInput {
  readonly serving: TlsFiles;
  readonly etcd: TlsFiles;
  readonly serviceCIDR: string;
  /** The path of an AuthorizationConfiguration; undefined for Node and RBAC only. */
  readonly authorization: string | undefined;
}

export function apiserverCommand(input: ApiserverCommandInput): string[] {
  const { binaries, layout, index, serving, etcd, serviceCIDR, authorization } = input;
  const own = portsAt(input.ports.replicas, index);
  return [
    ...binaries['kube-apiserver'],
    ...apiserverFlags({
      // Each uses the etcd of its own replica, as kubeadm does: replicas come and go without a restart of the others.
      etcdServers: [clientUrl(own)],
      etcdTls: etcd,
      port: own.apiserver,
      certFile: serving.cert,
      keyFile: serving.key,
      clientCaFile: serving.ca,
      serviceAccountKeyFile: layout.serviceAccountKey,
      serviceCIDR,
    }),
    ...authorizationFlags(authorization === undefined ? undefined : { config: authorization }),
    // Before it shuts down, it fails /readyz for three seconds, so that the balancer sends new connections elsewhere.
    // Clients that still come are told to retry.
    '--shutdown-delay-duration=3s',
    '--shutdown-send-retry-after=true',
  ];
}

export function managerCommand(binaries: Binaries, layout: Layout, { manager }: Ports, kubeconfig: string): string[] {
  const flags = managerFlags({
    kubeconfig,
    port: manager,
    serviceAccountKeyFile: layout.serviceAccountKey,
    caFile: layout.ca,
  });
  return [...binaries['kube-controller-manager'], ...flags];
}

export function balancerCommand({ ca, backends }: Layout, { server }: Ports): string[] {
  const program = path.join(import.meta.dirname, 'balancer.ts');
  const readable = [program, ca, backends].map((file) => `--allow-fs-read=${file}`);
  return [process.execPath, '--permission', ...readable, program, String(server), backends, ca];
}
