/** The command lines of the control plane's components. Pure. */
import path from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Authority } from './certificates.ts';

/** How the kube-apiserver authorizes: with an AuthorizationConfiguration, or with flags. */
export type AuthorizationOptions =
  | { readonly config: string }
  | { readonly mode: string; readonly webhookKubeconfig: string };

export interface ControlPlaneFiles {
  readonly directory: string;
  readonly authority: Authority;
  readonly kubeconfig: string;
}

export interface CommandInput {
  readonly binaries: Binaries;
  readonly files: ControlPlaneFiles;
  readonly ports: Readonly<Record<'etcd' | 'peer' | 'apiserver' | 'manager', number>>;
  readonly options: { readonly authorization?: AuthorizationOptions; readonly apiserverArgs?: readonly string[] };
}

/** The controllers that are useful without nodes. */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'validatingadmissionpolicy-status-controller',
  'resourcequota-controller',
];

/** The commands of a control plane with one replica, for development and tests. */
export function commandsOf(
  input: CommandInput,
): Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager', string[]> {
  const { binaries, files, ports, options } = input;
  const at = (name: string): string => path.join(files.directory, name);
  const peer = `http://127.0.0.1:${ports.peer}`;
  const client = `http://127.0.0.1:${ports.etcd}`;
  return {
    etcd: [
      ...binaries.etcd,
      ...etcdFlags({ name: 'local', dataDir: at('etcd'), client, peer, initialCluster: `local=${peer}` }),
      // The data are thrown away after use, so nothing needs to wait for the disk.
      '--unsafe-no-fsync',
    ],
    'kube-apiserver': [
      ...binaries['kube-apiserver'],
      ...apiserverFlags({
        etcdServers: [client],
        port: ports.apiserver,
        certFile: at('apiserver.crt'),
        keyFile: at('apiserver.key'),
        clientCaFile: at('ca.crt'),
        serviceAccountKeyFile: at('service-account.key'),
        serviceCIDR: '10.96.0.0/16',
      }),
      ...authorizationFlags(options.authorization),
      ...(options.apiserverArgs ?? []),
    ],
    'kube-controller-manager': [
      ...binaries['kube-controller-manager'],
      ...managerFlags({
        kubeconfig: at('controller-manager.kubeconfig'),
        port: ports.manager,
        serviceAccountKeyFile: at('service-account.key'),
        caFile: at('ca.crt'),
        controllers: CONTROLLERS,
      }),
    ],
  };
}

export interface EtcdOptions {
  readonly name: string;
  readonly dataDir: string;
  /** The URL at which it listens for clients. */
  readonly client: string;
  readonly peer: string;
  /** All initial members: `NAME=PEER-URL,…` */
  readonly initialCluster: string;
  /** Whether it joins an existing etcd. */
  readonly joins?: boolean;
  /** Paths; with them, clients and peers must present certificates. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
}

export function etcdFlags({ name, dataDir, client, peer, initialCluster, joins = false, tls }: EtcdOptions): string[] {
  return [
    `--name=${name}`,
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${initialCluster}`,
    ...(joins ? ['--initial-cluster-state=existing'] : []),
    ...(tls === undefined
      ? []
      : [
          `--cert-file=${tls.cert}`,
          `--key-file=${tls.key}`,
          `--trusted-ca-file=${tls.ca}`,
          '--client-cert-auth',
          `--peer-cert-file=${tls.cert}`,
          `--peer-key-file=${tls.key}`,
          `--peer-trusted-ca-file=${tls.ca}`,
          '--peer-client-cert-auth',
        ]),
    // As kubeadm sets it: the notifications tell a kube-apiserver that its caches of rarely changed kinds are current.
    '--watch-progress-notify-interval=5s',
    '--log-level=warn',
  ];
}

export interface ApiserverOptions {
  readonly etcdServers: readonly string[];
  /** Paths, where etcd requires a client certificate. */
  readonly etcdTls?: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  readonly serviceAccountKeyFile: string;
  readonly serviceCIDR: string;
}

export function apiserverFlags(options: ApiserverOptions): string[] {
  const { etcdTls } = options;
  return [
    `--etcd-servers=${options.etcdServers.join(',')}`,
    ...(etcdTls === undefined
      ? []
      : [`--etcd-cafile=${etcdTls.ca}`, `--etcd-certfile=${etcdTls.cert}`, `--etcd-keyfile=${etcdTls.key}`]),
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${options.port}`,
    `--tls-cert-file=${options.certFile}`,
    `--tls-private-key-file=${options.keyFile}`,
    `--client-ca-file=${options.clientCaFile}`,
    `--service-account-key-file=${options.serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${options.serviceAccountKeyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${options.serviceCIDR}`,
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ];
}

export function authorizationFlags(authorization: AuthorizationOptions | undefined): string[] {
  if (authorization === undefined) return ['--authorization-mode=Node,RBAC'];
  if ('config' in authorization) return [`--authorization-config=${authorization.config}`];
  return [
    `--authorization-mode=${authorization.mode}`,
    `--authorization-webhook-config-file=${authorization.webhookKubeconfig}`,
    '--authorization-webhook-version=v1',
    '--authorization-webhook-cache-authorized-ttl=1s',
    '--authorization-webhook-cache-unauthorized-ttl=1s',
  ];
}

export interface ManagerOptions {
  readonly kubeconfig: string;
  readonly port: number;
  readonly serviceAccountKeyFile: string;
  readonly caFile: string;
  /** The controllers that it runs; all by default. */
  readonly controllers?: readonly string[];
}

export function managerFlags({
  kubeconfig,
  port,
  serviceAccountKeyFile,
  caFile,
  controllers = ['*'],
}: ManagerOptions): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--service-account-private-key-file=${serviceAccountKeyFile}`,
    `--root-ca-file=${caFile}`,
    '--use-service-account-credentials=true',
    `--controllers=${controllers.join(',')}`,
    '--leader-elect=false',
    // With its default of 20 requests per second, the garbage collection of a few hundred Rules would take a quarter of
    // a minute.
    '--kube-api-qps=2000',
    '--kube-api-burst=4000',
  ];
}
