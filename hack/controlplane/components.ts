/** The command lines of the control plane's components. Pure. */
import path from 'node:path';
import { dump } from 'js-yaml';
import type { Binaries } from './binaries.ts';
import type { Authority, IssuedCertificate } from './certificates.ts';

/** How the kube-apiserver authorizes; Node and RBAC when nothing is given. */
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

/** What is useful without nodes. */
const CONTROLLERS = [
  'namespace-controller', 'garbage-collector-controller', 'serviceaccount-controller', 'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller', 'clusterrole-aggregation-controller',
  'validatingadmissionpolicy-status-controller', 'resourcequota-controller',
];

export function commandsOf(input: CommandInput): Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager', string[]> {
  const { binaries } = input;
  return {
    etcd: [...binaries.etcd, ...etcdFlags(input)],
    'kube-apiserver': [...binaries['kube-apiserver'], ...apiserverFlags(input)],
    'kube-controller-manager': [...binaries['kube-controller-manager'], ...managerFlags(input)],
  };
}

function etcdFlags({ files, ports }: CommandInput): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  return [
    '--name=local',
    `--data-dir=${path.join(files.directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=local=${peer}`,
    '--log-level=warn',
    // Its data does not outlive the machine's next start, so nothing waits for the disk.
    '--unsafe-no-fsync',
  ];
}

function apiserverFlags({ files, ports, options }: CommandInput): string[] {
  const at = (name: string): string => path.join(files.directory, name);
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiserver}`,
    `--tls-cert-file=${at('apiserver.crt')}`,
    `--tls-private-key-file=${at('apiserver.key')}`,
    `--client-ca-file=${at('ca.crt')}`,
    `--service-account-key-file=${at('service-account.key')}`,
    `--service-account-signing-key-file=${at('service-account.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    ...authorizationFlags(options.authorization),
    ...(options.apiserverArgs ?? []),
  ];
}

function authorizationFlags(authorization: AuthorizationOptions | undefined): string[] {
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

function managerFlags({ files, ports }: CommandInput): string[] {
  const at = (name: string): string => path.join(files.directory, name);
  return [
    `--kubeconfig=${at('controller-manager.kubeconfig')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.manager}`,
    `--service-account-private-key-file=${at('service-account.key')}`,
    `--root-ca-file=${at('ca.crt')}`,
    '--use-service-account-credentials=true',
    `--controllers=${CONTROLLERS.join(',')}`,
    '--leader-elect=false',
    // Its default of 20 requests a second would make collecting a few hundred Rules take a quarter of a minute.
    '--kube-api-qps=2000',
    '--kube-api-burst=4000',
  ];
}

/** A kubeconfig with a client certificate. */
export function kubeconfigText(server: string, ca: string, client: IssuedCertificate): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const user = { 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) };
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'user' } }],
    'current-context': 'local',
  });
}
