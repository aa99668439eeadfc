/** Reads Clusters of a stack and waits for their conditions. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { eventually } from './eventually.ts';

export async function clusterOf(stack: Stack, name: string): Promise<Cluster> {
  return JSON.parse(await stack.kubectl(['get', 'clusters.platform.tkestack.io', name, '-o', 'json'])) as Cluster;
}

/** Returns a condition as `STATUS REASON: MESSAGE`; empty if there is none. */
export function conditionOf({ status }: Cluster, type: string): string {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? '' : `${found.status} ${found.reason}: ${found.message}`;
}

/**
 * Waits until the cluster is Ready in its current generation. Fails after `limitMs` with the reason and message of
 * Ready.
 */
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

/** Waits until Ready has this reason, for at most a minute. Returns the message. */
export function untilReadyReason(stack: Stack, name: string, reason: string): Promise<string> {
  return eventually(
    `Ready of ${name} has the reason ${reason}`,
    async () => {
      const cluster = await clusterOf(stack, name);
      const ready = cluster.status?.conditions?.find(({ type }) => type === 'Ready');
      // Thrown, so that a test that times out shows the actual condition.
      if (ready?.reason !== reason) throw new Error(`Ready is ${conditionOf(cluster, 'Ready')}`);
      return ready.message;
    },
    60_000,
  );
}
