/** The command lines of a local cluster's processes. Pure. */
import path from 'node:path';
import type { Binaries } from '../../controlplane/binaries.ts';
import { apiserverFlags, authorizationFlags, etcdFlags, managerFlags } from '../../controlplane/components.ts';
import { type Layout, type MemberPorts, type Ports, portsAt } from './layout.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export const clientUrl = ({ etcd }: MemberPorts): string => `https://127.0.0.1:${etcd}`;
export const peerUrl = ({ peer }: MemberPorts): string => `https://127.0.0.1:${peer}`;
export const memberName = (index: number): string => `member-${index}`;
export const serverUrl = ({ server }: Ports): string => `https://127.0.0.1:${server}`;

export interface EtcdCommandInput {
  readonly binaries: Binaries;
  readonly layout: Layout;
  readonly ports: readonly MemberPorts[];
  readonly index: number;
  readonly tls: TlsFiles;
  /** The names and peer URLs of all members, this one among them; only itself for the first. */
  readonly initialCluster: string;
}

export function etcdCommand({ binaries, layout, ports, index, tls, initialCluster }: EtcdCommandInput): string[] {
  const own = portsAt(ports, index);
  const flags = etcdFlags({
    name: memberName(index),
    dataDir: path.join(layout.member(index), 'etcd'),
    client: clientUrl(own),
    peer: peerUrl(own),
    initialCluster,
    joins: initialCluster.includes(','),
    tls,
  });
  return [...binaries.etcd, ...flags];
}

export interface ApiserverCommandInput {
  readonly binaries: Binaries;
  readonly layout: Layout;
  readonly ports: readonly MemberPorts[];
  readonly index: number;
  readonly serving: TlsFiles;
  readonly etcd: TlsFiles;
  readonly serviceCIDR: string;
  /** An AuthorizationConfiguration; Node and RBAC alone without. */
  readonly authorization: string | undefined;
}

export function apiserverCommand(input: ApiserverCommandInput): string[] {
  const { binaries, layout, ports, index, serving, etcd, serviceCIDR, authorization } = input;
  return [
    ...binaries['kube-apiserver'],
    ...apiserverFlags({
      // Each asks the etcd of its own member, as kubeadm sets it up: members come and go without a restart of the others.
      etcdServers: [clientUrl(portsAt(ports, index))],
      etcdTls: etcd,
      port: portsAt(ports, index).apiserver,
      certFile: serving.cert,
      keyFile: serving.key,
      clientCaFile: serving.ca,
      serviceAccountKeyFile: path.join(layout.pki, 'service-account.key'),
      serviceCIDR,
    }),
    ...authorizationFlags(authorization === undefined ? undefined : { config: authorization }),
    // Told to end, it says so to the balancer for three seconds before it takes no more, and to clients that come meanwhile.
    '--shutdown-delay-duration=3s',
    '--shutdown-send-retry-after=true',
  ];
}

export function managerCommand(binaries: Binaries, layout: Layout, { manager }: Ports, kubeconfig: string): string[] {
  const flags = managerFlags({
    kubeconfig,
    port: manager,
    serviceAccountKeyFile: path.join(layout.pki, 'service-account.key'),
    caFile: path.join(layout.pki, 'ca.crt'),
  });
  return [...binaries['kube-controller-manager'], ...flags];
}

export function balancerCommand(layout: Layout, { server }: Ports): string[] {
  const program = path.join(import.meta.dirname, 'balancer.ts');
  const ca = path.join(layout.pki, 'ca.crt');
  const readable = [program, ca, layout.backends].map((file) => `--allow-fs-read=${file}`);
  return [process.execPath, '--permission', ...readable, program, String(server), layout.backends, ca];
}
