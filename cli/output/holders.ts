/** Who may do something, as text. Pure. */
import type { Holders } from '../../authorization/engine/who-can.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import { table } from './table.ts';

export function holdersText({ users, groups, everyoneOf, denied }: Holders): string {
  const rows = [
    ...everyoneOf.map((tenant) => ['everyone', '*', tenant]),
    ...users.map((user) => row('user', user)),
    ...groups.map((group) => row('group', group)),
  ];
  const text = rows.length === 0 ? 'no one' : table(['KIND', 'NAME', 'TENANT'], rows);
  if (denied.length === 0) return text;
  return `${text}\n\nBlocked by a deny:\n${table(
    ['KIND', 'NAME', 'TENANT'],
    denied.map((name) => row(readNode(name).kind, name)),
  )}`;
}

function row(kind: string, name: string): string[] {
  const { tenant, name: own } = readNode(name);
  return [kind === 'policy' ? 'user' : kind, own, tenant ?? '-'];
}
