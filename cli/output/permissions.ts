/** What somebody may do, as a table: the actions of a policy on an object in one row. */
import type { ChainLine } from '../../authorization/engine/chain.ts';
import type { Permissions } from '../../authorization/engine/what-can.ts';
import { table } from './table.ts';

export function permissionsText(permissions: readonly Permissions[]): string {
  const rows = permissions.flatMap(({ domain, allows, denies }) =>
    [...denies, ...allows].map((line) => ({ domain, line })),
  );
  if (rows.length === 0) return 'nothing';
  const keyOf = ({ domain, line }: { domain: string; line: ChainLine }): string =>
    JSON.stringify([domain, line.effect, line.object, line.policy]);
  const grouped = [...Map.groupBy(rows, keyOf).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { domain, line } = first;
    return [[domain, line.effect, line.object, line.policy, group.map((row) => row.line.action).join(', ')]];
  });
  return table(['PROJECT', 'EFFECT', 'OBJECT', 'POLICY', 'ACTIONS'], grouped);
}
