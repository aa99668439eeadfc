/** Creates the Clusters of the fleet, and the Secret with the token and CA that all of them reference. */
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { secrets } from '../../api/kubernetes/core.ts';
import { clusters } from '../../api/platform/cluster.ts';
import { TENANT_LABEL } from '../../api/platform/labels.ts';
import type { Client } from '../../runtime/client/client.ts';
import { behaviourOf, nameOf, SECRET, sharesOf } from './stub-clusters.ts';

const TENANT = 'acme';
const PARALLEL = 20;

export interface StubPorts {
  readonly answers: number;
  readonly silent: number;
}

/** Creates `count` imported Clusters that point to the stub's ports. */
export async function seedFleet(client: Client, count: number, ca: string, ports: StubPorts): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: SECRET, namespace: INSTALLATION_NAMESPACE, labels: { [TENANT_LABEL]: TENANT } },
    data: { 'ca.crt': base64(ca), token: base64('of-the-bench') },
  });
  const shares = sharesOf(count);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let nth = next++; nth < count; nth = next++) {
      const port = behaviourOf(nth, shares) === 'silent' ? ports.silent : ports.answers;
      await client.create(clusters, {
        apiVersion: 'platform.tkestack.io/v1',
        kind: 'Cluster',
        metadata: { name: nameOf(nth) },
        spec: {
          tenantID: TENANT,
          type: 'Imported',
          server: `https://127.0.0.1:${port}/${nth}`,
          kubeconfigSecret: SECRET,
        },
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
