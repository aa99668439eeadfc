/**
 * Runs a real control plane on the loopback interface: etcd, kube-apiserver and kube-controller-manager as child processes,
 * with certificates and ports of their own. It has no nodes: objects can be created and deleted, but no pod runs.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, findBinaries } from '../../clusters/controlplane/binaries.ts';
import { type Authority, createAuthority, generateSigningKey } from '../../clusters/controlplane/certificates.ts';
import {
  type AuthorizationOptions,
  type ControlPlaneFiles,
  commandsOf,
} from '../../clusters/controlplane/components.ts';
import { freePorts } from '../../clusters/controlplane/free-ports.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import { saysReady } from '../../clusters/controlplane/readyz.ts';
import type { Component } from '../../clusters/controlplane/release.ts';
import { type Child, startChild } from './child.ts';

export interface ControlPlaneOptions {
  /** Where data, certificates and logs go. Those of an earlier control plane there are removed. */
  readonly directory: string;
  readonly authorization?: AuthorizationOptions;
  readonly apiserverArgs?: readonly string[];
  readonly log?: (line: string) => void;
}

export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface ControlPlane {
  readonly url: string;
  /** The URL of etcd, without TLS, for tests that read its history. */
  readonly etcdUrl: string;
  readonly caCert: string;
  readonly directory: string;
  /** The path of the administrator's kubeconfig (a client certificate of system:masters). */
  readonly kubeconfig: string;
  /** The command that runs kubectl, without arguments. */
  readonly kubectlCommand: readonly string[];
  /** Signs client certificates that the kube-apiserver accepts. */
  readonly authority: Authority;
  child(component: ServerComponent): Child;
  /** Runs kubectl as the administrator. */
  kubectl(args: readonly string[], input?: string): Promise<KubectlResult>;
  /** Stops a component with `signal` (SIGTERM by default), starts it on the same port and data, and waits until it serves. */
  restart(component: ServerComponent, signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export const SERVER_COMPONENTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
] as const satisfies readonly Component[];
export type ServerComponent = (typeof SERVER_COMPONENTS)[number];

const READY_MS = 60_000;
const TRIES = 3;
const OWN_FILES = [
  'etcd',
  'etcd.log',
  'kube-apiserver.log',
  'kube-controller-manager.log',
  'ca.crt',
  'apiserver.crt',
  'apiserver.key',
  'service-account.key',
  'admin.kubeconfig',
  'controller-manager.kubeconfig',
];

/** Starts a control plane and waits until it serves. Tries again with other ports when another program took one meanwhile. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const binaries = await findBinaries(options.log === undefined ? {} : { log: options.log });
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binaries, options);
    } catch (error) {
      if (attempt === TRIES || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function start(binaries: Binaries, options: ControlPlaneOptions): Promise<ControlPlane> {
  const { directory, log = (): void => {} } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Only the files of a control plane: the user chose the directory, and it may hold other things.
  for (const name of OWN_FILES) await rm(path.join(directory, name), { recursive: true, force: true });
  const [etcd = 0, peer = 0, apiserver = 0, manager = 0] = await freePorts(4);
  const files = await writeFiles(directory, apiserver);
  const commands = commandsOf({ binaries, files, ports: { etcd, peer, apiserver, manager }, options });
  const children = new Map<ServerComponent, Child>();
  const launch = (component: ServerComponent): Child => {
    const logFile = path.join(directory, `${component}.log`);
    const child = startChild({ name: component, command: commands[component], logFile });
    children.set(component, child);
    return child;
  };
  const url = `https://127.0.0.1:${apiserver}`;
  const plane: ControlPlane = {
    url,
    etcdUrl: `http://127.0.0.1:${etcd}`,
    caCert: files.authority.cert,
    directory,
    kubeconfig: files.kubeconfig,
    kubectlCommand: binaries.kubectl,
    authority: files.authority,
    child: (component) => known(children.get(component), component),
    kubectl: (args, input) => runKubectl([...binaries.kubectl, `--kubeconfig=${files.kubeconfig}`, ...args], input),
    restart: async (component, signal = 'SIGTERM') => {
      const old = known(children.get(component), component);
      old.kill(signal);
      await (signal === 'SIGKILL' ? old.exited : old.stop());
      await untilServing([launch(component)], url, files.authority.cert);
    },
    // etcd last: without it the kube-apiserver would hang in its shutdown.
    stop: async () => {
      for (const component of SERVER_COMPONENTS.toReversed()) await children.get(component)?.stop();
    },
  };
  try {
    log('starting etcd and kube-apiserver');
    const store = launch('etcd');
    await untilServing([launch('kube-apiserver'), store], url, files.authority.cert);
    launch('kube-controller-manager');
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function writeFiles(directory: string, port: number): Promise<ControlPlaneFiles> {
  const at = (name: string): string => path.join(directory, name);
  const authority = await createAuthority('steward-local-ca');
  const server = await authority.issue({
    commonName: 'kube-apiserver',
    usages: ['server', 'client'],
    ipAddresses: ['127.0.0.1', '10.96.0.1'],
    dnsNames: ['localhost'],
  });
  const admin = await authority.issue({ commonName: 'admin', organizations: ['system:masters'], usages: ['client'] });
  const manager = await authority.issue({
    commonName: 'system:kube-controller-manager',
    usages: ['client'],
    organizations: ['system:masters'],
  });
  const url = `https://127.0.0.1:${port}`;
  const files = {
    'ca.crt': authority.cert,
    'apiserver.crt': server.cert,
    'apiserver.key': server.key,
    'service-account.key': generateSigningKey(),
    'admin.kubeconfig': kubeconfigText(url, authority.cert, admin),
    'controller-manager.kubeconfig': kubeconfigText(url, authority.cert, manager),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text, { mode: 0o600 });
  return { directory, authority, kubeconfig: at('admin.kubeconfig') };
}

/** Waits for /readyz. Throws when one of the `needed` children exits; after READY_MS it blames the first of them. */
async function untilServing(needed: readonly [Child, ...Child[]], url: string, ca: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (needed.every((child) => child.running()) && Date.now() < deadline) {
    if (await saysReady(url, ca)) return;
    await sleep(50);
  }
  const dead = needed.find((child) => !child.running());
  const child = dead ?? needed[0];
  const log = await readFile(child.logFile, 'utf8').catch(() => '');
  const what = dead === undefined ? `did not serve within ${READY_MS / 1_000} s` : 'exited at its start';
  throw new Error(
    `${child.name} ${what}; its log (${child.logFile}) ends:\n${log.trim().split('\n').slice(-15).join('\n')}`,
  );
}

function runKubectl([program = '', ...args]: readonly string[], input: string | undefined): Promise<KubectlResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ stdout, stderr, code }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function known(child: Child | undefined, component: string): Child {
  if (child === undefined) throw new Error(`${component} was never started`);
  return child;
}
