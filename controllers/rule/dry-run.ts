/** `--dry-run`: prints the repairs that the present Rules need, as a table for people. Writes nothing to the hub. */
import type { Rule } from '../../api/auth/rule.ts';
import { type Repair, type RuleTools, repairOf } from './reconcile.ts';

interface PlannedRepair {
  readonly rule: Rule;
  readonly repair: Repair;
}

/** Prints the table to standard output. Sets the exit code to 1 when repairs are due, else to 0. */
export async function printPlannedRepairs(tools: RuleTools): Promise<void> {
  const planned = await plannedRepairs(tools);
  process.stdout.write(tableOf(planned, tools.rules.list().length));
  process.exitCode = planned.length === 0 ? 0 : 1;
}

/** The Rules that need a repair, by name. */
async function plannedRepairs(tools: RuleTools): Promise<PlannedRepair[]> {
  const planned: PlannedRepair[] = [];
  for (const rule of tools.rules.list()) {
    const repair = await repairOf(rule, tools);
    if (repair !== undefined) planned.push({ rule, repair });
  }
  return planned.sort((a, b) => (a.rule.metadata.name < b.rule.metadata.name ? -1 : 1));
}

/** A row for each repair. `rules` is the number of Rules that were checked. */
function tableOf(planned: readonly PlannedRepair[], rules: number): string {
  if (planned.length === 0) return `${rules} Rules, no repairs needed\n`;
  const rows = planned.map(({ rule, repair }) => [
    rule.metadata.name,
    repair.verb,
    repair.reason,
    lineText(rule),
    repair.message,
  ]);
  const table = [['RULE', 'WOULD', 'WHY', 'LINE', 'MESSAGE'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const printed = table.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('   '));
  return printed.map((row) => `${row.trimEnd()}\n`).join('');
}

function lineText({ spec: { ptype, v0, v1, v2, v3, v4 } }: Rule): string {
  return [ptype, v0, v1, v2, v3, v4].filter((value) => value !== '').join(', ');
}
