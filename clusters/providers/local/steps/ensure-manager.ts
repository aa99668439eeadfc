/** Step: the kube-controller-manager of the wanted version runs. It is never newer than the kube-apiservers, which come before. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureCertificate, writeWhole } from '../../../controlplane/certificate-files.ts';
import { kubeconfigText } from '../../../controlplane/kubeconfig.ts';
import { done, type StepContext, type StepResult } from '../../provider.ts';
import { managerCommand, serverUrl } from '../commands.ts';
import { type Daemon, digestOf, runningDaemon, stopDaemon } from '../daemon.ts';
import { type LocalOptions, type Machine, machineOf, programsOf } from '../machine.ts';
import { begin } from '../start-daemon.ts';

const GRACE_MS = 10_000;

export async function ensureManager(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const daemon = await daemonOf(machine);
  const running = await runningDaemon(daemon);
  if (running?.digest === digestOf(daemon)) return done('the kube-controller-manager runs');
  if (running !== undefined) await stopDaemon(daemon, GRACE_MS, context.signal);
  return (await begin(daemon, [machine.ports.manager])) ?? done('the kube-controller-manager runs');
}

async function daemonOf({ layout, ports, pki, goal }: Machine): Promise<Daemon> {
  const binaries = await programsOf(goal.version ?? '');
  const client = await ensureCertificate(layout.pki, 'controller-manager', pki.authority, {
    commonName: 'system:kube-controller-manager',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  const kubeconfig = path.join(layout.pki, 'controller-manager.kubeconfig');
  const pair = { cert: await readFile(client.cert, 'utf8'), key: await readFile(client.key, 'utf8') };
  await writeWhole(kubeconfig, kubeconfigText(serverUrl(ports), pki.authority.cert, pair));
  return {
    directory: layout.root,
    name: 'kube-controller-manager',
    command: managerCommand(binaries, layout, ports, kubeconfig),
    depends: [client.fingerprint],
  };
}
