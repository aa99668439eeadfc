/** Clusters in tests: waiting for them, credentials as a user gets them, and what they leave behind. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { INSTALLATION_NAMESPACE, signerOf } from '../../api/installation.ts';
import type { CertificateSigningRequest } from '../../api/kubernetes/certificates.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { createRequest } from '../../clusters/controlplane/certificates.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { eventually } from './rules.ts';

export async function clusterOf(stack: Stack, name: string): Promise<Cluster> {
  return JSON.parse(await stack.kubectl(['get', 'clusters.platform.tkestack.io', name, '-o', 'json'])) as Cluster;
}

export function conditionOf({ status }: Cluster, type: string): string {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? '' : `${found.status} ${found.reason}: ${found.message}`;
}

/** Waits until the cluster is Ready in its present generation; fails with its own words when it is not in time. */
export async function untilClusterReady(stack: Stack, name: string, limitMs = 120_000): Promise<Cluster> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const cluster = await clusterOf(stack, name);
    const ready = cluster.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True' && ready.observedGeneration === cluster.metadata.generation) return cluster;
    assert.ok(Date.now() < deadline, `${name} is not Ready: ${conditionOf(cluster, 'Ready')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits until Ready is False for that reason, and returns the message. */
export function untilClusterSays(stack: Stack, name: string, reason: string): Promise<string> {
  return eventually(
    `${name} says ${reason}`,
    async () => {
      const cluster = await clusterOf(stack, name);
      const ready = cluster.status?.conditions?.find(({ type }) => type === 'Ready');
      // Thrown, so that a test that waits in vain shows what the cluster said instead.
      if (ready?.reason !== reason) throw new Error(`Ready is ${conditionOf(cluster, 'Ready')}`);
      return ready.message;
    },
    60_000,
  );
}

/** The administrator's kubeconfig of a member. */
export async function adminKubeconfig(stack: Stack, name: string): Promise<string> {
  const text = await stack.kubectl([
    'get',
    'secret',
    '-n',
    INSTALLATION_NAMESPACE,
    `${name}-kubeconfig`,
    '-o',
    'jsonpath={.data.value}',
  ]);
  return Buffer.from(text, 'base64').toString('utf8');
}

/** Asks the hub for a client certificate of the cluster, as that user; returns the request as it was answered, and the key. */
export async function requestCredentials(
  stack: Stack,
  cluster: string,
  as: readonly string[],
): Promise<{ answered: CertificateSigningRequest; key: string }> {
  const { key, request } = await createRequest('anybody');
  const name = (
    await stack.kubectl(
      [...as, 'create', '-o', 'name', '-f', '-'],
      dump({
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { generateName: 'credentials-' },
        spec: {
          request: Buffer.from(request).toString('base64'),
          signerName: signerOf(cluster),
          usages: ['client auth'],
          expirationSeconds: 3_600,
        },
      }),
    )
  ).trim();
  const answered = await eventually(`${name} is answered`, async () => {
    const found = JSON.parse(await stack.kubectl(['get', name, '-o', 'json'])) as CertificateSigningRequest;
    const isDenied = found.status?.conditions?.some(({ type }) => type === 'Denied') === true;
    return (isDenied || (found.status?.certificate ?? '') !== '') && found;
  });
  return { answered, key };
}

/** A kubeconfig for a certificate that was asked for. */
export function userKubeconfig(
  server: string,
  admin: string,
  { answered, key }: { answered: CertificateSigningRequest; key: string },
): string {
  const ca = Buffer.from(/certificate-authority-data: (\S+)/.exec(admin)?.[1] ?? '', 'base64').toString('utf8');
  const cert = Buffer.from(answered.status?.certificate ?? '', 'base64').toString('utf8');
  return kubeconfigText(server, ca, { cert, key });
}

/** The processes of this machine whose command line names that folder, by what they are. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const program = ['etcd', 'kube-apiserver', 'kube-controller-manager'].find(
          (each) => words[1] === each || words[0]?.endsWith(`/${each}`) === true,
        );
        const what = program ?? (words.some((word) => word.endsWith('balancer.ts')) ? 'balancer' : undefined);
        return what !== undefined && words.some((word) => word.includes(folder)) ? [what] : [];
      } catch {
        return [];
      }
    })
    .sort();
}
