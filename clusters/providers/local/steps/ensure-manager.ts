/**
 * Step: the kube-controller-manager runs in the desired version. It may never be newer than a kube-apiserver, so their
 * step comes first.
 */
import path from 'node:path';
import { writeWhole } from '../../../controlplane/certificate-files.ts';
import { kubeconfigText } from '../../../controlplane/kubeconfig.ts';
import { done, type StepContext, type StepResult } from '../../provider.ts';
import { managerCommand, serverUrl } from '../commands.ts';
import { type Daemon, digestOf, runningDaemon, stopDaemon } from '../daemon.ts';
import { administratorCertificate } from '../key-files.ts';
import { launch } from '../launch.ts';
import type { Machine } from '../machine.ts';

const GRACE_MS = 10_000;

export async function ensureManager(machine: Machine, { signal }: StepContext): Promise<StepResult> {
  const daemon = await daemonOf(machine);
  const running = await runningDaemon(daemon);
  if (running !== undefined && running.digest !== digestOf(daemon)) await stopDaemon(daemon, GRACE_MS, signal);
  return (await launch(daemon, [machine.ports.manager])) ?? done('the kube-controller-manager is running');
}

async function daemonOf(machine: Machine): Promise<Daemon> {
  const { layout, ports, pki, binaries } = machine;
  const client = await administratorCertificate(machine, 'controller-manager', 'system:kube-controller-manager');
  const kubeconfig = path.join(layout.pki, 'controller-manager.kubeconfig');
  await writeWhole(kubeconfig, kubeconfigText(serverUrl(ports), pki.authority.cert, client));
  return {
    directory: layout.root,
    name: 'kube-controller-manager',
    command: managerCommand(binaries, layout, ports, kubeconfig),
    depends: [client.fingerprint],
  };
}
