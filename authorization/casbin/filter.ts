/** What loadFilteredPolicy of the adapter takes, as it comes from an application; it says which lines are loaded. */
import * as z from 'zod';
import type { HeldLine } from './lines.ts';
import { hasValues } from './lines.ts';

const ruleFilter = z.strictObject({
  /** Only lines of this type. */
  ptype: z.enum(['p', 'g']).optional(),
  /** Values by their place in the line, from the first on; an empty one means any. */
  values: z.array(z.string()).optional(),
  /** Only lines that this object holds. */
  owner: z.strictObject({ kind: z.string(), name: z.string() }).optional(),
});

/**
 * Lines that fit all that is said.
 *
 * A filter leaves out denials like any other line, and so a filtered enforcer may allow what all Rules together deny.
 * It is safe where it takes everything that its requests can reach, and good for showing what an object holds.
 */
export type RuleFilter = z.infer<typeof ruleFilter>;

/** Reads a filter. A misspelt field is an error: it would have loaded too much. */
export function readFilter(filter: unknown): RuleFilter {
  const read = ruleFilter.safeParse(filter);
  if (read.success) return read.data;
  throw new Error(`no filter of Rules: ${z.prettifyError(read.error)}`);
}

export function passes({ line, owner }: HeldLine, filter: RuleFilter): boolean {
  if (filter.ptype !== undefined && filter.ptype !== line.ptype) return false;
  if (filter.owner !== undefined && (filter.owner.kind !== owner.kind || filter.owner.name !== owner.name))
    return false;
  return hasValues(line, 0, filter.values ?? []);
}
