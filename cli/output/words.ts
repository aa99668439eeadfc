/** Names in Rules, in the words of the objects that users know. Pure. */
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import { readNode } from '../../authorization/rules/node-name.ts';

/** `user alice of tenant acme`, `group grp-x of tenant acme`, `Role rol-y`, `Policy pol-z`; a `plain` name as it is. */
export function nameInWords(name: string, plain: boolean): string {
  if (plain) return name;
  const { kind, tenant, name: own } = readNode(name);
  if (kind === 'role') return `Role ${own}`;
  if (kind === 'policy') return `Policy ${own}`;
  return own === EVERYWHERE ? `every user of tenant ${tenant}` : `${kind} ${own} of tenant ${tenant}`;
}

/** Where an edge counts: empty for everywhere. */
export function domainInWords(domain: string): string {
  return domain === EVERYWHERE ? '' : ` in project ${domain}`;
}
