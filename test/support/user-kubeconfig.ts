/** Kubeconfigs of ordinary users of a control plane. */
import { writeFile } from 'node:fs/promises';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import type { ControlPlane } from '../../hack/controlplane/controlplane.ts';

/** Writes a kubeconfig with a client certificate of `user`, a user of `tenant`, to `file`. Returns `file`. */
export async function writeUserKubeconfig(
  { url, caCert, authority }: ControlPlane,
  { user, tenant }: { readonly user: string; readonly tenant: string },
  file: string,
): Promise<string> {
  const client = await authority.issue({ commonName: user, organizations: [`tenant:${tenant}`], usages: ['client'] });
  await writeFile(file, kubeconfigText(url, caCert, client), { mode: 0o600 });
  return file;
}
