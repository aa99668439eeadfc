/**
 * Patience with big numbers.
 *
 * untilKnown waits until the watch caches of the kube-apiserver have heard of everything in etcd. After many writes behind its back that
 * takes a while, in which whoever starts to watch is refused ("Too large resource version").
 */
import type { Resource } from '../../api/object.ts';
import { type RunningProcess, untilReady } from '../../hack/local/stack.ts';
import { pathOf } from '../../runtime/client/client.ts';
import { eventually } from '../../test/support/rules.ts';
import type { Hub } from './hub.ts';

const LIMIT_MS = 10 * 60_000;

export async function untilKnown({ stack, etcd }: Hub, kinds: readonly Resource[]): Promise<void> {
  const revision = await etcd.revision();
  for (const resource of kinds) {
    const path = `${pathOf(resource)}?limit=1&resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`;
    await eventually(
      `the kube-apiserver knows all ${resource.plural}`,
      () => stack.kubectl(['get', '--raw', path]),
      LIMIT_MS,
    );
  }
}

/** Waits beyond the patience of untilReady: how long it takes is the question. */
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
