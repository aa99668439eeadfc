/** Names of the rules in the words of the objects that people know. */
import { styleText } from 'node:util';
import type { Verdict } from '../../authorization/engine/decide.ts';
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import { readNode } from '../../authorization/rules/node-name.ts';

/** `user alice of tenant acme`, `group grp-x of tenant acme`, `Role rol-y`, `Policy pol-z`; a `plain` name is none of these. */
export function nameInWords(name: string, plain: boolean): string {
  if (plain) return name;
  const { kind, tenant, name: own } = readNode(name);
  if (kind === 'role') return `Role ${own}`;
  if (kind === 'policy') return `Policy ${own}`;
  return own === EVERYWHERE ? `every user of tenant ${tenant}` : `${kind} ${own} of tenant ${tenant}`;
}

/** Where an edge holds. */
export function domainInWords(domain: string): string {
  return domain === EVERYWHERE ? '' : ` in project ${domain}`;
}

const COLOURS = { allow: 'green', deny: 'red', none: 'yellow' } as const;

/** The text in the colour of the verdict, on a terminal that shows colours. */
export function coloured(verdict: Verdict, text: string): string {
  return styleText(COLOURS[verdict], text);
}
