/** The filter of the adapter's loadFilteredPolicy, validated because it comes from an application. */
import * as z from 'zod';
import type { HeldLine } from './lines.ts';
import { hasValues } from './lines.ts';

const ruleFilter = z.strictObject({
  /** Only lines of this type. */
  ptype: z.enum(['p', 'g']).optional(),
  /** Values of the line, from the first on. An empty value matches any. */
  values: z.array(z.string()).optional(),
  /** Only lines of this owner. */
  owner: z.strictObject({ kind: z.string(), name: z.string() }).optional(),
});

/**
 * Selects the lines that match all of its fields.
 *
 * A filter leaves out denies like any other line, so a filtered enforcer may allow what all Rules together deny. A filter
 * is safe if it includes every line that the requests can reach, and useful for displaying the lines of an object.
 */
export type RuleFilter = z.infer<typeof ruleFilter>;

/** Validates a filter. Throws for an unknown field: a filter without it would load too much. */
export function readFilter(filter: unknown): RuleFilter {
  const read = ruleFilter.safeParse(filter);
  if (read.success) return read.data;
  throw new Error(`invalid filter of Rules: ${z.prettifyError(read.error)}`);
}

export function passes({ line, owner }: HeldLine, filter: RuleFilter): boolean {
  if (filter.ptype !== undefined && filter.ptype !== line.ptype) return false;
  if (filter.owner !== undefined && (filter.owner.kind !== owner.kind || filter.owner.name !== owner.name))
    return false;
  return hasValues(line, 0, filter.values ?? []);
}
