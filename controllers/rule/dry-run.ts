/** `--dry-run`: what the controller would do about the Rules as they are now, as a table for people. Writes nothing. */
import type { Rule } from '../../api/auth/rule.ts';
import { type Repair, type RuleTools, repairOf } from './controller.ts';

/** The Rules that need something, by name. */
export async function plannedRepairs(tools: RuleTools): Promise<{ rule: Rule; repair: Repair }[]> {
  const planned: { rule: Rule; repair: Repair }[] = [];
  for (const rule of tools.rules.list()) {
    const repair = await repairOf(rule, tools);
    if (repair !== undefined) planned.push({ rule, repair });
  }
  return planned.sort((a, b) => (a.rule.metadata.name < b.rule.metadata.name ? -1 : 1));
}

/** A line for each, or one that says that there is nothing to do. */
export function tableOf(planned: readonly { readonly rule: Rule; readonly repair: Repair }[], rules: number): string {
  if (planned.length === 0) return `${rules} Rules, and nothing to repair\n`;
  const rows = planned.map(({ rule, repair }) => [
    rule.metadata.name,
    repair.verb,
    repair.reason,
    lineOf(rule),
    repair.message,
  ]);
  const table = [['RULE', 'WOULD', 'WHY', 'LINE', 'MESSAGE'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(
      (row) =>
        `${row
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

function lineOf({ spec: { ptype, v0, v1, v2, v3, v4 } }: Rule): string {
  return [ptype, v0, v1, v2, v3, v4].filter((value) => value !== '').join(', ');
}
