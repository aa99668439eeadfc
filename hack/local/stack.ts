/**
 * Runs the whole product on this machine: a control plane, the CRDs and RBAC of config/, and every process as a child with
 * its own ServiceAccount token. `make run` and the tests use it. The processes are those of the Deployments, without images.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../clusters/controlplane/free-ports.ts';
import { cacheRoot } from '../../clusters/controlplane/release.ts';
import { stopAllIn } from '../../clusters/providers/local/steps/remove.ts';
import { AUTHORIZER, CLUSTER_CONTROLLER, PROCESSES, type ProductProcess } from '../../processes/processes.ts';
import { filesNamedBy, permissionFlags, programFlags } from '../../processes/sandbox.ts';
import { type Child, startChild } from '../controlplane/child.ts';
import { type ControlPlane, SERVER_COMPONENTS, startControlPlane } from '../controlplane/controlplane.ts';
import { writeServiceAccountKubeconfig } from './service-account.ts';
import type { SupervisedProcess } from './supervise.ts';
import { type WebhookFiles, writeWebhookFiles } from './webhook-files.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 30_000;

/** Whether the kube-apiserver asks the webhook before RBAC (AuthorizationConfiguration) or after it (flags, as in the original). */
export type Order = 'webhook-first' | 'rbac-first';

export interface StackOptions {
  /** Data, certificates and logs go below it. */
  readonly directory: string;
  readonly order?: Order;
  /** The processes to start; all by default. */
  readonly processes?: readonly ProductProcess[];
  readonly apiserverArgs?: readonly string[];
  readonly log?: (line: string) => void;
}

export interface RunningProcess {
  readonly product: ProductProcess;
  readonly child: Child;
  readonly command: readonly string[];
  /** http://HOST:PORT of /healthz, /readyz and /metrics. */
  readonly health: string;
  readonly logFile: string;
  /** The port of an authorizer's webhook; undefined for every other process. */
  readonly webhookPort: number | undefined;
}

export interface Stack {
  readonly controlPlane: ControlPlane;
  readonly webhook: WebhookFiles;
  readonly webhookPort: number;
  readonly processes: Map<string, RunningProcess>;
  /**
   * Starts a process of the product, with `args` after its own. Its second replica is called NAME-2; a second authorizer
   * gets a port of its own.
   */
  start(product: ProductProcess, args?: readonly string[], replica?: number): Promise<RunningProcess>;
  /**
   * Starts a process that has exited again, with the same arguments. `instance` is its key in `processes`. Nothing is
   * restarted without this call: see `supervisedIn`.
   */
  restart(instance: string): RunningProcess;
  /** Runs kubectl as the administrator and returns its output. Throws when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts everything and waits until it is ready. Throws with the end of a log when a process is not; nothing stays running then. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const log = options.log ?? ((): void => {});
  // An earlier stack that was killed left them behind.
  await stopClusters(options.directory);
  await mkdir(clustersIn(options.directory), { recursive: true, mode: 0o700 });
  const [webhookPort = 0] = await freePorts(1);
  const webhook = await writeWebhookFiles(path.join(options.directory, 'webhook'), webhookPort);
  const controlPlane = await startControlPlane({
    directory: path.join(options.directory, 'controlplane'),
    authorization: authorizationOf(options.order ?? 'webhook-first', webhook),
    apiserverArgs: [...(options.apiserverArgs ?? [])],
    log,
  });
  const stack = stackOf(options, controlPlane, webhook, webhookPort);
  try {
    log('applying CRDs, RBAC and admission policies');
    for (const folder of ['crds', 'config/namespace', 'config/rbac', 'config/admission']) {
      await stack.kubectl(['apply', '--server-side', '-k', path.join(ROOT, folder)]);
    }
    await stack.kubectl([
      'wait',
      '--for=condition=Established',
      '--timeout=30s',
      'crd',
      '-l',
      'app.kubernetes.io/part-of=steward',
    ]);
    for (const product of options.processes ?? PROCESSES) {
      log(`starting ${product.access.name}`);
      await stack.start(product);
    }
    log('waiting until every process is ready');
    await Promise.all([...stack.processes.values()].map((running) => untilReady(running)));
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function authorizationOf(
  order: Order,
  webhook: WebhookFiles,
): { config: string } | { mode: string; webhookKubeconfig: string } {
  return order === 'webhook-first'
    ? { config: webhook.authorizationConfig }
    : { mode: 'Node,RBAC,Webhook', webhookKubeconfig: webhook.kubeconfig };
}

function stackOf(options: StackOptions, controlPlane: ControlPlane, webhook: WebhookFiles, webhookPort: number): Stack {
  const processes = new Map<string, RunningProcess>();
  return {
    controlPlane,
    webhook,
    webhookPort,
    processes,
    start: async (product, args = [], replica = 1) => {
      const { name } = product.access;
      const instance = replica === 1 ? name : `${name}-${replica}`;
      const kubeconfig = await writeServiceAccountKubeconfig(
        controlPlane,
        name,
        path.join(options.directory, `${name}.kubeconfig`),
      );
      const [port] = product !== AUTHORIZER ? [] : replica === 1 ? [webhookPort] : await freePorts(1);
      const authorizer = port === undefined ? [] : authorizerArgs(webhook, port);
      const cluster = product === CLUSTER_CONTROLLER ? clusterArgs(webhook, webhookPort, options.directory) : [];
      const child = await startProcess(product, instance, options.directory, [
        `--kubeconfig=${kubeconfig}`,
        ...authorizer,
        ...cluster,
        ...args,
      ]);
      const running = { ...child, webhookPort: port };
      processes.set(instance, running);
      return running;
    },
    restart: (instance) => {
      const exited = processes.get(instance);
      if (exited === undefined) throw new Error(`${instance} was never started`);
      const { command, logFile } = exited;
      const running = { ...exited, child: startChild({ name: instance, command, logFile }) };
      processes.set(instance, running);
      return running;
    },
    kubectl: async (args, input) => {
      const { stdout, stderr, code } = await controlPlane.kubectl([...args], input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`);
      return stdout;
    },
    stop: async () => {
      await Promise.all([...processes.values()].map(({ child }) => child.stop()));
      await stopClusters(options.directory);
      await controlPlane.stop();
    },
  };
}

/** Everything in a stack that can be restarted. The stack itself restarts nothing: tests kill its processes. */
export function supervisedIn(stack: Stack): SupervisedProcess[] {
  const { controlPlane, processes } = stack;
  const ofControlPlane = SERVER_COMPONENTS.map((name) => ({
    name,
    child: () => controlPlane.child(name),
    restart: () => controlPlane.restart(name),
  }));
  const ofProduct = [...processes].map(([name, first]) => ({
    name,
    child: () => (processes.get(name) ?? first).child,
    restart: async () => stack.restart(name),
  }));
  return [...ofControlPlane, ...ofProduct];
}

function authorizerArgs({ certFile, keyFile, caFile }: WebhookFiles, port: number): string[] {
  return [
    `--webhook-address=127.0.0.1:${port}`,
    `--tls-cert-file=${certFile}`,
    `--tls-key-file=${keyFile}`,
    `--client-ca-file=${caFile}`,
  ];
}

function clusterArgs({ memberClusterDirectory }: WebhookFiles, port: number, directory: string): string[] {
  return [
    `--local-directory=${clustersIn(directory)}`,
    `--authorizer-url=https://127.0.0.1:${port}`,
    `--authorizer-directory=${memberClusterDirectory}`,
  ];
}

/** The folder in which each cluster of type Local has a folder for its data. */
export function clustersIn(directory: string): string {
  return path.join(directory, 'clusters');
}

/** Stops the servers of Local clusters: they outlive the controller by design, and must not outlive the stack. */
async function stopClusters(directory: string): Promise<void> {
  const clusters = await readdir(clustersIn(directory)).catch(() => []);
  await Promise.all(clusters.map((uid) => stopAllIn(path.join(clustersIn(directory), uid))));
}

async function startProcess(
  product: ProductProcess,
  instance: string,
  directory: string,
  args: readonly string[],
): Promise<Omit<RunningProcess, 'webhookPort'>> {
  const logFile = path.join(directory, `${instance}.log`);
  const [port = 0] = await freePorts(1);
  const health = `127.0.0.1:${port}`;
  const permitted = [
    ...permissionFlags(ROOT, filesNamedBy(args)),
    ...(product === CLUSTER_CONTROLLER ? programFlags([clustersIn(directory), cacheRoot()]) : []),
  ];
  const command = [
    process.execPath,
    ...permitted,
    path.join(ROOT, product.main),
    ...args,
    `--health-address=${health}`,
  ];
  const child = startChild({ name: instance, command, logFile });
  return { product, child, command, health: `http://${health}`, logFile };
}

/** Waits until a process is ready. Throws with its readiness checks and the end of its log when it exits or stays unready. */
export async function untilReady(running: RunningProcess, timeoutMs = READY_TIMEOUT_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && running.child.running()) {
    if (await isReady(running)) return;
    await sleep(50);
  }
  const log = await readFile(running.logFile, 'utf8').catch(() => '');
  const how = running.child.running()
    ? `is not ready after ${timeoutMs / 1000} s (${await readiness(running)})`
    : 'exited';
  throw new Error(`${running.product.access.name} ${how}; its log (${running.logFile}) ends:\n${log.slice(-2_000)}`);
}

/** Whether the process answers /readyz with 200. */
export async function isReady({ health }: RunningProcess): Promise<boolean> {
  return fetch(`${health}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The readiness checks of a process in one line. */
async function readiness({ health }: RunningProcess): Promise<string> {
  const checks = await fetch(`${health}/readyz`).then((response) => response.text(), String);
  return checks.trim().replaceAll('\n', ', ');
}
