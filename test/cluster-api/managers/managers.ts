/**
 * The managers of Cluster API as children beside a control plane: core, kubeadm bootstrap and control plane, and the
 * provider whose machines are simulated in its own memory. Their webhooks are called by URL, at ports of their own.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority } from '../../../clusters/controlplane/certificates.ts';
import { freePorts } from '../../../clusters/controlplane/free-ports.ts';
import { type Child, startChild } from '../../../hack/controlplane/child.ts';
import type { ControlPlane } from '../../../hack/controlplane/controlplane.ts';
import { buildEngines, ENGINES, type Engine, moduleDirectory } from './build.ts';
import { manifestsFor } from './manifests.ts';

const READY_MS = 60_000;

export interface Managers {
  stop(): Promise<void>;
}

type Plane = Pick<ControlPlane, 'kubeconfig' | 'kubectl'>;

/** Applies their manifests, starts all managers and waits until they are ready. */
export async function startManagers(plane: Plane, directory: string, log: (line: string) => void): Promise<Managers> {
  const programs = await buildEngines(log);
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
    for (const engine of ENGINES) {
      const [webhook = 0, health = 0, diagnostics = 0] = await freePorts(3);
      log(`starting the manager ${engine.name} of Cluster API`);
      await applyManifests(plane, engine, { url: `https://127.0.0.1:${webhook}`, ca: authority.cert });
      const command = [
        programs.get(engine.name) ?? '',
        `--feature-gates=${engine.featureGates}`,
        `--webhook-port=${webhook}`,
        `--webhook-cert-dir=${certificates}`,
        `--health-addr=127.0.0.1:${health}`,
        `--diagnostics-address=127.0.0.1:${diagnostics}`,
        '--insecure-diagnostics',
      ];
      const child = startChild({
        name: engine.name,
        command,
        logFile: path.join(directory, `${engine.name}.log`),
        env: environmentOf(plane, engine),
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

function environmentOf({ kubeconfig }: Plane, { name }: Engine): Record<string, string> {
  // The address is that at which the API servers of simulated clusters listen.
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
  { module, config }: Engine,
  server: { readonly url: string; readonly ca: string },
): Promise<void> {
  const made = await run(plane, ['kustomize', path.join(moduleDirectory(module), config)]);
  await run(plane, ['apply', '--server-side', '--force-conflicts', '-f', '-'], manifestsFor(made, server));
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
    `the manager ${child.name} ${child.running() ? `is not ready after ${READY_MS / 1_000} s` : 'ended'}; its log (${child.logFile}) ends:\n${log.slice(-2_000)}`,
  );
}
