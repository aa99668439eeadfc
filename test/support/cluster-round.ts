/**
 * Makes the controllers of clusters do everything that they can ever have to do, once: for tests of their permissions.
 */
import { dump } from 'js-yaml';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { type Stack, untilReady } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { serveClusterAPI } from './cluster-api-crds.ts';
import { untilClusterReady } from './cluster-conditions.ts';
import { requestCredentials } from './cluster-credentials.ts';
import { eventually } from './eventually.ts';
import { yamlOf } from './manifest-yaml.ts';

const SYSTEM = ['-n', INSTALLATION_NAMESPACE];

/**
 * Creates a cluster with a hook, imports the hub itself, requests credentials, lets a Secret be repaired, and removes
 * everything.
 */
export async function clusterRound(stack: Stack): Promise<void> {
  await stack.kubectl(['create', '-f', '-'], yamlOf(await roundObjects(stack)));
  await completeHookJob(stack);
  await untilClusterReady(stack, 'round');
  await untilClusterReady(stack, 'imported');
  await requestCredentials(stack, 'round', []);
  await stack.kubectl([
    'patch',
    'secret',
    'round-kubeconfig',
    ...SYSTEM,
    '--type=merge',
    '-p',
    '{"data":{"value":"AAAA"}}',
  ]);
  await eventually(
    'the Secret is repaired',
    async () =>
      (await stack.kubectl(['get', 'secret', 'round-kubeconfig', ...SYSTEM, '-o', 'jsonpath={.data.value}'])) !==
      'AAAA',
    60_000,
  );
  await untilBothReachable(stack);
  await clusterAPIRound(stack);
  await stack.kubectl(['delete', 'clusters.platform.tkestack.io', '--all', '--timeout=60s']);
}

/** Returns a Local cluster with a hook, and the hub itself as an Imported cluster. */
async function roundObjects(stack: Stack): Promise<object[]> {
  const { url, caCert } = stack.controlPlane;
  const token = (await stack.kubectl(['create', 'token', 'default', '-n', 'default', '--duration=1h'])).trim();
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hook', namespace: 'steward-system', labels: { 'platform.tkestack.io/all-tenants': 'true' } },
      data: { 'job.yaml': JSON.stringify(JOB) },
    },
    {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'round' },
      spec: {
        tenantID: 'acme',
        type: 'Local',
        version: KUBERNETES_VERSION,
        hooks: [{ name: 'after', moment: 'AfterCreate', job: { configMap: 'hook' } }],
        health: { periodSeconds: 2 },
      },
    },
    {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'ClusterCredential',
      metadata: { name: 'hub' },
      tenantID: 'acme',
      clusterName: 'imported',
      caCert: Buffer.from(caCert).toString('base64'),
      token,
    },
    {
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'imported' },
      spec: {
        tenantID: 'acme',
        type: 'Imported',
        server: url,
        clusterCredentialRef: { name: 'hub' },
        health: { periodSeconds: 2 },
      },
    },
  ];
}

async function completeHookJob(stack: Stack): Promise<void> {
  const job = await eventually(
    'the Job of the hook exists',
    async () => (await stack.kubectl(['get', 'jobs', ...SYSTEM, '-o', 'name'])).trim() || undefined,
    90_000,
  );
  // Nothing runs Jobs here: this patch stands for the Job controller and the kubelet.
  await stack.kubectl([
    'patch',
    job,
    ...SYSTEM,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: COMPLETE }),
  ]);
}

async function untilBothReachable(stack: Stack): Promise<void> {
  await eventually(
    'both clusters are reachable',
    async () => {
      const reachable = await stack.kubectl([
        'get',
        'clusters.platform.tkestack.io',
        '-o',
        'jsonpath={.items[*].status.conditions[?(@.type=="Reachable")].status}',
      ]);
      return reachable === 'True True';
    },
    60_000,
  );
}

/**
 * Creates a Cluster of type ClusterAPI in a namespace of its tenant. Without Cluster API's controllers it never gets
 * machines.
 */
async function clusterAPIRound(stack: Stack): Promise<void> {
  await serveClusterAPI(stack);
  await stack.kubectl(
    ['apply', '--server-side', '-f', '-'],
    yamlOf([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'round', labels: { 'platform.tkestack.io/tenant': 'acme' } },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'clusters', namespace: 'round' },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch', 'delete'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'clusters', namespace: 'round' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'clusters' },
        subjects: [{ kind: 'ServiceAccount', name: CLUSTER_CONTROLLER.access.name, namespace: INSTALLATION_NAMESPACE }],
      },
      {
        apiVersion: 'cluster.x-k8s.io/v1beta1',
        kind: 'ClusterClass',
        metadata: { name: 'class', namespace: 'round' },
        spec: {},
      },
    ]),
  );
  // A controller that starts while Cluster API is served watches its kinds at once.
  await stack.processes.get(CLUSTER_CONTROLLER.access.name)?.child.stop();
  await untilReady(stack.restart(CLUSTER_CONTROLLER.access.name));
  await stack.kubectl(
    ['create', '-f', '-'],
    dump({
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name: 'made' },
      spec: {
        tenantID: 'acme',
        type: 'ClusterAPI',
        version: KUBERNETES_VERSION,
        clusterAPI: { namespace: 'round', class: { name: 'class' } },
      },
    }),
  );
  await eventually(
    'the Cluster of Cluster API exists',
    async () => (await stack.kubectl(['get', 'clusters.cluster.x-k8s.io', 'made', '-n', 'round', '-o', 'name'])) !== '',
    60_000,
  );
}

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'hook', image: 'hook' }] } } },
};
const NOW = '2026-01-01T00:00:00Z';
const COMPLETE = {
  succeeded: 1,
  startTime: NOW,
  completionTime: NOW,
  conditions: [
    { type: 'SuccessCriteriaMet', status: 'True', reason: 'Done', lastTransitionTime: NOW, lastProbeTime: NOW },
    { type: 'Complete', status: 'True', reason: 'Done', lastTransitionTime: NOW, lastProbeTime: NOW },
  ],
};
