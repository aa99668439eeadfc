/** Reads Clusters of a stack and waits for their conditions. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { eventually } from './eventually.ts';

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
