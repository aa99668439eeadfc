/** Step: a Secret of the hub contains a kubeconfig for the cluster, and the cluster accepts it. */
import { readFile } from 'node:fs/promises';
import { secrets } from '../../../../api/kubernetes/core.ts';
import { ensureCertificate } from '../../../controlplane/certificate-files.ts';
import { kubeconfigText } from '../../../controlplane/kubeconfig.ts';
import { done, isStepResult, type StepContext, type StepResult } from '../../provider.ts';
import { accessStatus, reachWithSecret } from '../../reach-cluster.ts';
import { secretFor, writeSecret } from '../../secrets.ts';
import { serverUrl } from '../commands.ts';
import { type LocalOptions, type Machine, machineOf } from '../machine.ts';

export function kubeconfigSecretName(cluster: string): string {
  return `${cluster}-kubeconfig`;
}

export async function ensureAccess(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const machine = await machineOf(context, options);
  const name = kubeconfigSecretName(context.cluster.metadata.name);
  await ensureSecret(context, machine, name);
  const reached = await reachWithSecret(context, name);
  if (isStepResult(reached)) return reached;
  return done(
    `Secret ${context.namespace}/${name} contains the administrator's kubeconfig`,
    accessStatus(name, { server: serverUrl(machine.ports), ca: machine.pki.authority.cert }, reached.identity),
  );
}

async function ensureSecret(
  { client, namespace, cluster }: StepContext,
  { layout, ports, pki }: Machine,
  name: string,
): Promise<void> {
  const files = await ensureCertificate(layout.pki, 'admin', pki.authority, {
    commonName: 'steward-admin',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  const pair = { cert: await readFile(files.cert, 'utf8'), key: await readFile(files.key, 'utf8') };
  const ref = { name, namespace };
  const wanted = secretFor(cluster, ref, { value: kubeconfigText(serverUrl(ports), pki.authority.cert, pair) });
  await writeSecret(client, cluster, await client.get(secrets, ref), wanted);
}
