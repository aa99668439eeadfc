/** A process of the product whose way to the kube-apiserver leads through a fault proxy. */
import { writeServiceAccountKubeconfig } from '../../hack/local/service-account.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { FaultProxy } from './fault-proxy.ts';

/** Writes to `file` the kubeconfig of ServiceAccount `name`, with the proxy's port in place of the server's. */
export async function kubeconfigThrough(
  { controlPlane }: Stack,
  name: string,
  { port }: Pick<FaultProxy, 'port'>,
  file: string,
): Promise<void> {
  // The kube-apiserver's certificate is good for 127.0.0.1, whatever the port.
  await writeServiceAccountKubeconfig({ ...controlPlane, url: `https://127.0.0.1:${port}` }, name, file);
}
