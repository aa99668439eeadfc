/** Waits for a hub with many objects. */
import type { Resource } from '../../api/object.ts';
import { type RunningProcess, untilReady } from '../../hack/local/stack.ts';
import { pathOf } from '../../runtime/client/client.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { Hub } from './hub.ts';

const LIMIT_MS = 10 * 60_000;

/**
 * Waits until the watch caches of the kube-apiserver contain everything in etcd. After many writes that bypass the
 * kube-apiserver this takes a while; until then new watches are refused ("Too large resource version").
 */
export async function untilKnown({ stack, etcd }: Hub, kinds: readonly Resource[]): Promise<void> {
  const revision = await etcd.revision();
  for (const resource of kinds) {
    const path = `${pathOf(resource)}?limit=1&resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`;
    await eventually(
      `the kube-apiserver has all ${resource.plural}`,
      () => stack.kubectl(['get', '--raw', path]),
      LIMIT_MS,
    );
  }
}

/** Waits longer than untilReady does, because the time until ready is what is measured. */
export async function untilReadyAtLast(running: RunningProcess): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await untilReady(running);
    } catch (error) {
      if (!running.child.running() || performance.now() > deadline) throw error;
    }
  }
}
