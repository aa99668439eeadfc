/** Applies config/samples to a stack and waits until every object is Ready. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import type { Stack } from './stack.ts';

export const SAMPLES = path.join(import.meta.dirname, '../../config/samples');

/** The kinds that own Rules, as `kubectl get` takes them. Each has a Ready condition. */
export const READY_KINDS = OWNER_KINDS.map(({ plural, group }) => `${plural}.${group}`).join(',');

const READY_MS = 60_000;

export async function applySamples(stack: Stack): Promise<void> {
  await stack.kubectl(['apply', '--server-side', '-k', SAMPLES]);
  await untilAllReady(stack);
}

/**
 * Waits until every object that owns Rules is Ready for its current generation. One list per look, where `kubectl wait`
 * needs a request for each object. Throws with the names of those that are not Ready after a minute.
 */
export async function untilAllReady(stack: Stack): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const { items } = list.parse(JSON.parse(await stack.kubectl(['get', READY_KINDS, '-o', 'json'])));
    const notReady = items.filter((item) => !isReady(item));
    if (notReady.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`not Ready after ${READY_MS / 1_000} s: ${notReady.map(nameOf).join(', ')}`);
    await sleep(100);
  }
}

const object = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), generation: z.number() }),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), observedGeneration: z.number().optional() }))
        .nullish(),
    })
    .nullish(),
});
const list = z.object({ items: z.array(object) });

function isReady({ metadata, status }: z.infer<typeof object>): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

function nameOf({ kind, metadata }: z.infer<typeof object>): string {
  return `${kind} ${metadata.name}`;
}
