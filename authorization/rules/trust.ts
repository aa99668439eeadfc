/**
 * Which Rules count. The authorizer checks every Rule that it reads with this; the rule controller reports and removes
 * the Rules that fail the check. Pure.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import type { RuleReason } from '../../api/auth/reasons.ts';
import { lineOf, type RuleLine } from './line.ts';
import { isSameOwner, type Owner, ownerOf, type RuleObject, ruleName } from './rule-object.ts';

const OWNER_KIND_NAMES: ReadonlySet<string> = new Set(OWNER_KINDS.map(({ kind }) => kind));

/** Why a Rule is not honoured; the reason of its Honoured condition, and of the Event when it is removed. */
type Distrust = Exclude<RuleReason, 'OwnerGone'>;

export type Trust =
  | { readonly honoured: true; readonly owner: Owner; readonly line: RuleLine }
  | { readonly honoured: false; readonly reason: Distrust; readonly message: string };

/** Whether objects of a kind own Rules. */
export function mayOwnRules(kind: string): boolean {
  return OWNER_KIND_NAMES.has(kind);
}

/**
 * Whether a Rule counts, and if not, why. A Rule without an owner does not count. A Rule that is forged in the name of a
 * living owner does, until that owner's controller removes it.
 */
export function trustRule(rule: RuleObject): Trust {
  const owner = ownerOf(rule);
  if (owner === undefined || !mayOwnRules(owner.kind)) {
    return refuse('NoOwner', 'no controller owns this Rule: it was created by hand');
  }
  const line = lineOf(rule.spec);
  if (line === undefined) return refuse('NotALine', 'the values do not form a Casbin line');
  if (ruleName(owner, line) !== rule.metadata.name) {
    return refuse('NameMismatch', `the values are not those that ${owner.kind} ${owner.name} wrote under this name`);
  }
  return { honoured: true, owner, line };
}

/** Whether a Rule counts as a Rule of this owner. */
export function isHeldBy(rule: RuleObject, owner: Owner): boolean {
  const trust = trustRule(rule);
  return trust.honoured && isSameOwner(trust.owner, owner);
}

function refuse(reason: Distrust, message: string): Trust {
  return { honoured: false, reason, message };
}
