/** Reads the Rules of a stack in a form that tests can compare. */
import * as z from 'zod';
import type { Stack } from '../../hack/local/stack.ts';

const list = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string() }), spec: z.record(z.string(), z.unknown()) })),
});

/** Returns names and specs, sorted, as one text: two stacks with equal Rules give equal texts, byte by byte. */
export async function rulesOf(stack: Stack): Promise<string> {
  const { items } = list.parse(JSON.parse(await stack.kubectl(['get', 'rules', '-o', 'json'])));
  const lines = items.map(({ metadata, spec }) => JSON.stringify([metadata.name, sortedEntries(spec)]));
  return lines.sort().join('\n');
}

/** Returns the fields of a spec in a fixed order. */
export function sortedEntries(spec: object): [string, unknown][] {
  return Object.entries(spec).sort(([a], [b]) => (a < b ? -1 : 1));
}
