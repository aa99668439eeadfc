/** What the steps of a local cluster share: where its files are, which ports it has, its keys, and the programs of its version. */
import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { type Binaries, findBinaries } from '../../controlplane/binaries.ts';
import { ensureCertificate, writeWhole } from '../../controlplane/certificate-files.ts';
import { RELEASES, releaseOf } from '../../controlplane/release.ts';
import type { Goal } from '../goal.ts';
import type { StepContext } from '../provider.ts';
import { type TlsFiles } from './commands.ts';
import { EtcdClient } from './etcd.ts';
import { type Layout, layoutOf, type Ports, portsOf } from './layout.ts';
import { ensurePki, type Pki } from './pki.ts';

export interface LocalOptions {
  /** Below it each cluster has a folder. */
  readonly directory: string;
  /** The files with which clusters ask the authorizer; undefined when RBAC alone decides in them. */
  readonly authorization: ClusterAuthorization | undefined;
}

/** Makes what a member's kube-apiserver needs to ask the authorizer, in `directory`; returns the AuthorizationConfiguration's path and what it depends on. */
export type ClusterAuthorization = (
  cluster: string,
  directory: string,
) => Promise<{ readonly config: string; readonly depends: readonly string[] }>;

export interface Machine {
  readonly goal: Goal;
  readonly layout: Layout;
  readonly ports: Ports;
  readonly pki: Pki;
  readonly caFile: string;
}

export function goalIn({ goal }: StepContext): Goal {
  if (goal === undefined) throw new Error('a step without a goal');
  return goal;
}

/** What is there of a cluster, made where it is missing: folder, ports, keys. */
export async function machineOf(context: StepContext, { directory }: LocalOptions): Promise<Machine> {
  const goal = goalIn(context);
  const layout = layoutOf(directory, goal.uid);
  const ports = await portsOf(layout, goal.controlPlane.replicas);
  const pki = await ensurePki(context.client, context.namespace, context.cluster);
  return { goal, layout, ports, pki, caFile: path.join(layout.pki, 'ca.crt') };
}

const found = new Map<string, Promise<Binaries>>();

/** The programs of a version, looked for once. Throws for one that is not offered here. */
export function programsOf(version: string, log: (line: string) => void = () => undefined): Promise<Binaries> {
  const release = releaseOf(version);
  if (release === undefined) return Promise.reject(new UnknownVersionError(version));
  const known = found.get(version);
  if (known !== undefined) return known;
  const looking = findBinaries({ release, log });
  found.set(version, looking);
  // What failed is tried again.
  looking.catch(() => found.delete(version));
  return looking;
}

export class UnknownVersionError extends Error {
  constructor(version: string) {
    super(
      `Kubernetes ${version} can't be started here; known are ${RELEASES.map(({ kubernetes }) => kubernetes).join(', ')}`,
    );
  }
}

/** The certificate of an etcd member, which it shows to clients and peers alike. */
export async function etcdTls({ layout, pki }: Pick<Machine, 'layout' | 'pki'>, index: number): Promise<TlsFiles> {
  const ca = path.join(layout.pki, 'etcd-ca.crt');
  const files = await ensureCertificate(layout.pki, `etcd-${index}`, pki.etcdAuthority, {
    commonName: `etcd-${index}`,
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['localhost'],
    usages: ['server', 'client'],
  });
  return { ...files, ca };
}

/** With what the kube-apiservers, and we, ask etcd. */
export async function etcdClientTls({
  layout,
  pki,
}: Pick<Machine, 'layout' | 'pki'>): Promise<TlsFiles & { readonly fingerprint: string }> {
  const files = await ensureCertificate(layout.pki, 'apiserver-etcd-client', pki.etcdAuthority, {
    commonName: 'kube-apiserver-etcd-client',
    usages: ['client'],
  });
  return { ...files, ca: path.join(layout.pki, 'etcd-ca.crt') };
}

export async function etcdClient(machine: Pick<Machine, 'layout' | 'pki'>): Promise<EtcdClient> {
  const { cert, key } = await etcdClientTls(machine);
  return new EtcdClient({ cert, key, ca: machine.pki.etcdAuthority.cert });
}

/** The keys that processes read from files, written from the Secret. */
export async function writeKeys({ layout, pki, caFile }: Pick<Machine, 'layout' | 'pki' | 'caFile'>): Promise<void> {
  await writeWhole(caFile, pki.authority.cert);
  await writeWhole(path.join(layout.pki, 'etcd-ca.crt'), pki.etcdAuthority.cert);
  await writeWhole(path.join(layout.pki, 'service-account.key'), pki.serviceAccountKey);
}

export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** The ports that the balancer gives connections to. */
export async function writeBackends({ layout }: Pick<Machine, 'layout'>, ports: readonly number[]): Promise<void> {
  await writeWhole(layout.backends, JSON.stringify(ports));
}
