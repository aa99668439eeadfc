/** Lets a process of the product reach the kube-apiserver through a fault proxy. */
import { writeServiceAccountKubeconfig } from '../../hack/local/service-account.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { FaultProxy } from './fault-proxy.ts';

/** Writes the kubeconfig of ServiceAccount `name` to `file`, with the proxy's port instead of the server's. */
export async function kubeconfigThrough(
  { controlPlane }: Stack,
  name: string,
  { port }: Pick<FaultProxy, 'port'>,
  file: string,
): Promise<void> {
  // The kube-apiserver's certificate is valid for 127.0.0.1, whatever the port.
  await writeServiceAccountKubeconfig({ ...controlPlane, url: `https://127.0.0.1:${port}` }, name, file);
}
