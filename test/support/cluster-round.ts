/** Everything that the controllers of clusters can ever have to do, once: for tests of what they may do. */
import { dump } from 'js-yaml';
import { KUBERNETES_VERSION } from '../../controlplane/release.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { requestCredentials, untilClusterReady } from './clusters.ts';
import { eventually } from './rules.ts';

const SYSTEM = ['-n', 'steward-system'];

/** Makes a cluster with a hook, imports the hub itself, gives credentials, mends a Secret, and removes everything again. */
export async function clusterRound(stack: Stack): Promise<void> {
  const { url, caCert } = stack.controlPlane;
  const token = (await stack.kubectl(['create', 'token', 'default', '-n', 'default', '--duration=1h'])).trim();
  await stack.kubectl(['create', '-f', '-'], [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hook', namespace: 'steward-system', labels: { 'platform.tkestack.io/all-tenants': 'true' } }, data: { 'job.yaml': JSON.stringify(JOB) } },
    {
      apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'round' },
      spec: { tenantID: 'acme', type: 'Local', version: KUBERNETES_VERSION, hooks: [{ name: 'after', moment: 'AfterCreate', job: { configMap: 'hook' } }], health: { periodSeconds: 2 } },
    },
    {
      apiVersion: 'platform.tkestack.io/v1', kind: 'ClusterCredential', metadata: { name: 'hub' }, tenantID: 'acme', clusterName: 'imported',
      caCert: Buffer.from(caCert).toString('base64'), token,
    },
    {
      apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'imported' },
      spec: { tenantID: 'acme', type: 'Imported', server: url, clusterCredentialRef: { name: 'hub' }, health: { periodSeconds: 2 } },
    },
  ].map((each) => dump(each)).join('---\n'));
  const job = await eventually('the Job of the hook is there', async () => (await stack.kubectl(['get', 'jobs', ...SYSTEM, '-o', 'name'])).trim() || undefined, 90_000);
  // Nothing runs Jobs here: this stands for the controller and the kubelet that would.
  await stack.kubectl(['patch', job, ...SYSTEM, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status: COMPLETE })]);
  await untilClusterReady(stack, 'round');
  await untilClusterReady(stack, 'imported');
  await requestCredentials(stack, 'round', []);
  await stack.kubectl(['patch', 'secret', 'round-kubeconfig', ...SYSTEM, '--type=merge', '-p', '{"data":{"value":"AAAA"}}']);
  await eventually('the Secret is mended', async () => (await stack.kubectl(['get', 'secret', 'round-kubeconfig', ...SYSTEM, '-o', 'jsonpath={.data.value}'])) !== 'AAAA', 60_000);
  await eventually('both are known to be well', async () => {
    const reachable = await stack.kubectl(['get', 'clusters.platform.tkestack.io', '-o', 'jsonpath={.items[*].status.conditions[?(@.type=="Reachable")].status}']);
    return reachable === 'True True';
  }, 60_000);
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', '--all', '--timeout=60s']);
}

const JOB = {
  apiVersion: 'batch/v1', kind: 'Job', spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'hook', image: 'hook' }] } } },
};
const NOW = '2026-01-01T00:00:00Z';
const COMPLETE = {
  succeeded: 1, startTime: NOW, completionTime: NOW,
  conditions: [
    { type: 'SuccessCriteriaMet', status: 'True', reason: 'Done', lastTransitionTime: NOW, lastProbeTime: NOW },
    { type: 'Complete', status: 'True', reason: 'Done', lastTransitionTime: NOW, lastProbeTime: NOW },
  ],
};
