/** Short forms of rule lines, and an index of them, for tests of the engine. */
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';

export function p(policy: string, object: string, action: string, effect: 'allow' | 'deny' = 'allow'): RuleLine {
  return { ptype: 'p', policy, domain: '*', object, action, effect };
}

export function g(member: string, of: string, domain = '*', notAfter?: string): RuleLine {
  const line = { ptype: 'g', member, of, domain } as const;
  return notAfter === undefined ? line : { ...line, notAfter };
}

/** Indexes lines. The nth line is Rule `r<n>` of `Policy o<n>`. */
export function indexOf(lines: readonly RuleLine[]): RuleIndex {
  const index = new RuleIndex();
  lines.forEach((line, i) => index.set(line, { rule: `r${i}`, ownerKind: 'Policy', ownerName: `o${i}` }));
  return index;
}
