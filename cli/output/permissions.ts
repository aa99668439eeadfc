/** What a user may do, as text: grouped and wrapped for people, or every line in full. Pure. */
import type { ChainLine } from '../../authorization/engine/chain.ts';
import type { Permissions } from '../../authorization/engine/what-can.ts';
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import type { KindVerbs } from './action-verbs.ts';
import { type AllowGroup, type DenyGroup, type PermissionSection, permissionSections } from './permission-groups.ts';
import { table } from './table.ts';
import { wrapped } from './wrap.ts';

const NOTHING = 'nothing';
const MORE = 'Policies and actions in full: -o wide';

/** Grouped by project and object, in lines of at most `width` characters unless a single word is longer. */
export function permissionsText(permissions: readonly Permissions[], width: number): string {
  if (permissions.length === 0) return NOTHING;
  const lines = permissionSections(permissions).flatMap((section) => [...sectionLines(section, width), '']);
  return [...lines, ...wrapped('', MORE, width)].join('\n');
}

function sectionLines({ domain, denies, allows }: PermissionSection, width: number): string[] {
  return [
    domain === EVERYWHERE ? 'Everywhere' : `Project ${domain}`,
    ...denies.flatMap((group) => denyLines('  denied on ', group, width)),
    ...allows.flatMap((group) => allowLines(group, width)),
  ];
}

function allowLines({ objects, kinds, denies }: AllowGroup, width: number): string[] {
  return [
    ...wrapped('  on ', objects.join(', '), width),
    ...kindLines('    ', kinds, width),
    ...denies.flatMap((group) => denyLines('    but denied on ', group, width)),
  ];
}

function denyLines(prefix: string, { objects, policies, kinds }: DenyGroup, width: number): string[] {
  const indent = ' '.repeat(prefix.length - prefix.trimStart().length + 2);
  return [
    ...wrapped(prefix, `${objects.join(', ')} by ${policies.join(', ')}`, width),
    ...kindLines(indent, kinds, width),
  ];
}

function kindLines(indent: string, kinds: readonly KindVerbs[], width: number): string[] {
  return kinds.flatMap(({ kind, verbs }) => wrapped(indent, `${kind}: ${verbs.join(' ')}`, width));
}

/**
 * A table with a row for each project, effect, object and policy, and all actions as they are spelled; lines may be
 * long.
 */
export function permissionsTable(permissions: readonly Permissions[]): string {
  const rows = permissions.flatMap(({ domain, allows, denies }) =>
    [...denies, ...allows].map((line) => ({ domain, line })),
  );
  if (rows.length === 0) return NOTHING;
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
