/**
 * Runs the managers of Cluster API as child processes beside a control plane: core, kubeadm bootstrap, kubeadm control
 * plane, and the infrastructure provider that simulates machines in its own memory. The kube-apiserver calls their
 * webhooks by URL, each at a port of its own.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority } from '../../../clusters/controlplane/certificates.ts';
import { freePorts } from '../../../clusters/controlplane/free-ports.ts';
import { type Child, startChild } from '../../../hack/controlplane/child.ts';
import type { ControlPlane } from '../../../hack/controlplane/controlplane.ts';
import { buildManagers, MANAGERS, type Manager, moduleDirectory } from './build.ts';
import { manifestsFor } from './manifests.ts';

const READY_MS = 60_000;

export interface Managers {
  stop(): Promise<void>;
}

type Plane = Pick<ControlPlane, 'kubeconfig' | 'kubectl'>;

/**
 * Applies the manifests of all managers, starts them one after the other, and waits until each is ready. Logs and
 * certificates go to `directory`. Throws with the end of a manager's log when it exits or is not ready within a minute.
 */
export async function startManagers(plane: Plane, directory: string, log: (line: string) => void): Promise<Managers> {
  const programs = await buildManagers(log);
  const certificates = path.join(directory, 'webhook-certificates');
  await mkdir(certificates, { recursive: true, mode: 0o700 });
  const authority = await createAuthority('cluster-api-webhooks');
  const { cert, key } = await authority.issue({
    commonName: '127.0.0.1',
    usages: ['server'],
    ipAddresses: ['127.0.0.1'],
  });
  await writeFile(path.join(certificates, 'tls.crt'), cert, { mode: 0o600 });
  await writeFile(path.join(certificates, 'tls.key'), key, { mode: 0o600 });
  const children: Child[] = [];
  const managers: Managers = { stop: async () => void (await Promise.all(children.map((child) => child.stop()))) };
  try {
    for (const manager of MANAGERS) {
      const [webhook = 0, health = 0, diagnostics = 0] = await freePorts(3);
      log(`starting the Cluster API manager ${manager.name}`);
      await applyManifests(plane, manager, { url: `https://127.0.0.1:${webhook}`, ca: authority.cert });
      const command = [
        programs.get(manager.name) ?? '',
        `--feature-gates=${manager.featureGates}`,
        `--webhook-port=${webhook}`,
        `--webhook-cert-dir=${certificates}`,
        `--health-addr=127.0.0.1:${health}`,
        `--diagnostics-address=127.0.0.1:${diagnostics}`,
        '--insecure-diagnostics',
      ];
      const child = startChild({
        name: manager.name,
        command,
        logFile: path.join(directory, `${manager.name}.log`),
        env: environmentOf(plane, manager),
      });
      children.push(child);
      await untilReady(child, health);
    }
    return managers;
  } catch (error) {
    await managers.stop();
    throw error;
  }
}

function environmentOf({ kubeconfig }: Plane, { name }: Manager): Record<string, string> {
  // The API servers of simulated clusters listen on POD_IP.
  return {
    KUBECONFIG: kubeconfig,
    POD_NAMESPACE: 'capi-system',
    POD_NAME: name,
    POD_UID: randomUUID(),
    POD_IP: '127.0.0.1',
  };
}

async function applyManifests(
  plane: Plane,
  { module, config }: Manager,
  server: { readonly url: string; readonly ca: string },
): Promise<void> {
  const rendered = await run(plane, ['kustomize', path.join(moduleDirectory(module), config)]);
  await run(plane, ['apply', '--server-side', '--force-conflicts', '-f', '-'], manifestsFor(rendered, server));
  await run(plane, ['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
}

async function run({ kubectl }: Plane, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, input);
  if (code !== 0) throw new Error(`kubectl ${args.slice(0, 2).join(' ')} failed: ${stderr.trim().slice(-2_000)}`);
  return stdout;
}

async function untilReady(child: Child, port: number): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (child.running() && Date.now() < deadline) {
    const answered = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answered?.ok === true) return;
    await sleep(100);
  }
  const log = await readFile(child.logFile, 'utf8').catch(() => '');
  throw new Error(
    `manager ${child.name} ${child.running() ? `is not ready after ${READY_MS / 1_000} s` : 'exited'}; its log (${child.logFile}) ends:\n${log.slice(-2_000)}`,
  );
}
