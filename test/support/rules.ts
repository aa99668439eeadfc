/** Rules of a stack as tests compare them. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Stack } from '../../hack/local/stack.ts';

const list = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }), spec: z.record(z.string(), z.unknown()) })),
});

/** Names and specs, sorted, as one text: two stacks with equal Rules give equal texts, byte by byte. */
export async function rulesOf(stack: Stack): Promise<string> {
  const { items } = list.parse(JSON.parse(await stack.kubectl(['get', 'rules', '-o', 'json'])));
  const lines = items.map(({ metadata, spec }) => JSON.stringify([metadata.name, sortedEntries(spec)]));
  return lines.sort().join('\n');
}

/** The fields of a spec in a fixed order. */
export function sortedEntries(spec: object): [string, unknown][] {
  return Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Waits until `check` gives something, or throws with the last problem. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let problem: unknown;
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`, { cause: problem });
    await sleep(50);
  }
}
