/** Step: the hub has a kubeconfig for the cluster, in a Secret, and the cluster has answered to it. */
import { readFile } from 'node:fs/promises';
import { PROCESS_NAMES } from '../../../../api/installation.ts';
import { type Secret, secrets } from '../../../../api/kubernetes/core.ts';
import { openConnection } from '../../../connections/connection.ts';
import { isCredentialProblem } from '../../../connections/credential.ts';
import { identify, isConnectionProblem } from '../../../connections/identify.ts';
import { readCredential } from '../../../connections/read-credential.ts';
import { ensureCertificate } from '../../../controlplane/certificate-files.ts';
import { kubeconfigText } from '../../../controlplane/kubeconfig.ts';
import { connectionFailed, failed, type StepContext, type StepResult } from '../../provider.ts';
import { own, secretFor } from '../../secrets.ts';
import { serverUrl } from '../commands.ts';
import { type LocalOptions, type Machine, machineOf } from '../machine.ts';

const USER_AGENT = PROCESS_NAMES.cluster;

export function kubeconfigSecretName(cluster: string): string {
  return `${cluster}-kubeconfig`;
}

export async function ensureAccess(context: StepContext, options: LocalOptions): Promise<StepResult> {
  const { client, namespace, cluster } = context;
  const machine = await machineOf(context, options);
  const name = kubeconfigSecretName(cluster.metadata.name);
  await ensureSecret(context, machine, name);
  const credential = await readCredential(client, namespace, {
    ...cluster,
    status: { ...cluster.status, kubeconfigSecret: name },
  });
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const member = openConnection(credential, USER_AGENT);
  try {
    const found = await identify(member, credential.server);
    if (isConnectionProblem(found)) return connectionFailed(found);
    const server = serverUrl(machine.ports);
    return {
      state: 'done',
      message: `its administrator's kubeconfig is in Secret ${namespace}/${name}`,
      status: {
        server,
        caBundle: Buffer.from(machine.pki.authority.cert).toString('base64'),
        kubeconfigSecret: name,
        addresses: [{ type: 'Advertise', host: '127.0.0.1', port: machine.ports.server }],
        ...(found.clusterID === undefined ? {} : { clusterID: found.clusterID }),
      },
    };
  } finally {
    await member.close();
  }
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
  const wanted = secretFor(
    cluster,
    { name, namespace },
    { value: kubeconfigText(serverUrl(ports), pki.authority.cert, pair) },
  );
  const known: Secret | undefined = await client.get(secrets, { name, namespace });
  if (known === undefined) await client.create(secrets, wanted);
  else if (own(known, cluster).data?.['value'] !== wanted.data?.['value'])
    await client.patch(secrets, { name, namespace }, { type: 'merge', body: { data: wanted.data } });
}
