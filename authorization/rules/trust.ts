/**
 * Which Rules count. The authorizer asks this of every Rule that it reads; the rule controller uses the same answer
 * to report and remove the others.
 */
import { lineOf, type RuleLine } from './line.ts';
import { type Owner, ownerOf, type RuleObject, ruleName } from './rule-object.ts';

/** The kinds that may own a Rule. */
export const OWNER_KINDS = ['Policy', 'Role', 'Group', 'LocalGroup', 'ProjectPolicyBinding', 'Grant'] as const;

export type Trust =
  | { readonly honoured: true; readonly owner: Owner; readonly line: RuleLine }
  | { readonly honoured: false; readonly reason: 'NoOwner' | 'NotALine' | 'NameMismatch'; readonly message: string };

/** Whether a Rule counts, and if not, why. One without an owner does not. One forged in an owner's name does, until that owner's controller removes it. */
export function trustRule(rule: RuleObject): Trust {
  const owner = ownerOf(rule);
  if (owner === undefined || !OWNER_KINDS.some((kind) => kind === owner.kind)) {
    return refuse('NoOwner', 'no controller owns this Rule: it was made by hand');
  }
  const line = lineOf(rule.spec);
  if (line === undefined) return refuse('NotALine', 'the values are no Casbin line');
  if (ruleName(owner, line) !== rule.metadata.name) {
    return refuse('NameMismatch', `the values are not those that ${owner.kind} ${owner.name} wrote under this name`);
  }
  return { honoured: true, owner, line };
}

function refuse(reason: 'NoOwner' | 'NotALine' | 'NameMismatch', message: string): Trust {
  return { honoured: false, reason, message };
}
