/**
 * Which Rules count. The authorizer asks this of every Rule that it reads; the rule controller uses the same answer
 * to report and remove the others.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { lineOf, type RuleLine } from './line.ts';
import { type Owner, ownerOf, type RuleObject, ruleName } from './rule-object.ts';

const OWNER_KIND_NAMES: ReadonlySet<string> = new Set(OWNER_KINDS.map(({ kind }) => kind));

export type Trust =
  | { readonly honoured: true; readonly owner: Owner; readonly line: RuleLine }
  | { readonly honoured: false; readonly reason: 'NoOwner' | 'NotALine' | 'NameMismatch'; readonly message: string };

/** Whether objects of a kind own Rules. */
export function mayOwnRules(kind: string): boolean {
  return OWNER_KIND_NAMES.has(kind);
}

/** Whether a Rule counts, and if not, why. One without an owner does not. One forged in an owner's name does, until that owner's controller removes it. */
export function trustRule(rule: RuleObject): Trust {
  const owner = ownerOf(rule);
  if (owner === undefined || !mayOwnRules(owner.kind)) {
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
