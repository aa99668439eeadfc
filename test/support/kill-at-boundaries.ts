/**
 * Kills the cluster controller (SIGKILL) at the boundary between two steps: as soon as the condition of a step turns
 * True.
 */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';

const NAME = CLUSTER_CONTROLLER.access.name;

/**
 * Kills and restarts the controller each time that one of the conditions is first seen True for `generation` of the
 * cluster or a later one, until `signal` aborts. Returns the conditions at which it did.
 */
export async function killAtBoundaries(
  stack: Stack,
  conditions: readonly string[],
  signal: AbortSignal,
  generation = 1,
): Promise<string[]> {
  const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  const killed = new Set<string>();
  try {
    // The server ends a watch from time to time, so watch again.
    while (!signal.aborted)
      for await (const { object } of client.watch(clusters, {}, { signal }))
        await killAt(stack, trueIn(object as Cluster, conditions, generation), killed);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await client.close();
  }
  return [...killed];
}

function trueIn({ status }: Cluster, conditions: readonly string[], generation: number): string[] {
  return (status?.conditions ?? [])
    .filter(
      ({ type, status: holds, observedGeneration = 0 }) =>
        conditions.includes(type) && holds === 'True' && observedGeneration >= generation,
    )
    .map(({ type }) => type);
}

async function killAt(stack: Stack, conditions: readonly string[], killed: Set<string>): Promise<void> {
  const fresh = conditions.filter((type) => !killed.has(type));
  if (fresh.length === 0) return;
  for (const type of fresh) killed.add(type);
  stack.processes.get(NAME)?.child.kill('SIGKILL');
  await stack.processes.get(NAME)?.child.exited;
  stack.restart(NAME);
}
