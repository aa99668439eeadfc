/** Writes a kubeconfig with the token of a ServiceAccount: the identity that the process would have in a pod. */
import { writeFile } from 'node:fs/promises';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import type { ControlPlane } from '../controlplane/controlplane.ts';

/** Writes the kubeconfig of ServiceAccount `name` to `file` and returns `file`. Without `given`, the token is new and expires after a day. */
export async function writeServiceAccountKubeconfig(
  controlPlane: ControlPlane,
  name: string,
  file: string,
  given?: string,
): Promise<string> {
  const token = given ?? (await createToken(controlPlane, name));
  const text = kubeconfigText(controlPlane.url, controlPlane.caCert, { token }, { cluster: 'hub', user: name });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

async function createToken(controlPlane: ControlPlane, name: string): Promise<string> {
  const { stdout, stderr, code } = await controlPlane.kubectl([
    'create',
    'token',
    name,
    '-n',
    INSTALLATION_NAMESPACE,
    '--duration=24h',
  ]);
  if (code !== 0) throw new Error(`cannot create a token for ServiceAccount ${name}: ${stderr}`);
  return stdout.trim();
}
