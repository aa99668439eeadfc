/** Step: a Secret of the hub contains a kubeconfig for the cluster, and the cluster accepts it. */
import { secrets } from '../../../../api/kubernetes/core.ts';
import { kubeconfigText } from '../../../controlplane/kubeconfig.ts';
import { done, isStepResult, type StepContext, type StepResult } from '../../provider.ts';
import { accessStatus, reachWithSecret } from '../../reach-cluster.ts';
import { secretFor, writeSecret } from '../../secrets.ts';
import { serverUrl } from '../commands.ts';
import { administratorCertificate } from '../key-files.ts';
import type { Machine } from '../machine.ts';

export function kubeconfigSecretName(cluster: string): string {
  return `${cluster}-kubeconfig`;
}

export async function ensureAccess(machine: Machine, context: StepContext): Promise<StepResult> {
  const { client, namespace, cluster } = context;
  const [server, ca] = [serverUrl(machine.ports), machine.pki.authority.cert];
  const ref = { name: kubeconfigSecretName(cluster.metadata.name), namespace };
  const certificate = await administratorCertificate(machine, 'admin', 'steward-admin');
  const wanted = secretFor(cluster, ref, { value: kubeconfigText(server, ca, certificate) });
  await writeSecret(client, cluster, await client.get(secrets, ref), wanted);
  const reached = await reachWithSecret(context, ref.name);
  if (isStepResult(reached)) return reached;
  return done(
    `Secret ${namespace}/${ref.name} contains the administrator's kubeconfig`,
    accessStatus(ref.name, { server, ca }, reached.identity),
  );
}
