/** Translation → the Rules that an object owns. The controllers write them; the CLI computes them from manifests. Pure. */
import { type RuleObject, ruleObject } from '../../authorization/rules/rule-object.ts';
import { identityOf, type OwnerObject, type RuleOwner, type Stores } from './owner.ts';
import type { Translation } from './translation.ts';

/** The Rules of one object, each once: a translation may repeat a line. */
export function desiredRules(object: OwnerObject, { lines }: Translation): RuleObject[] {
  const owner = identityOf(object);
  const rules = lines.map((line) => ruleObject(owner, line));
  return [...new Map(rules.map((rule) => [rule.metadata.name, rule])).values()];
}

/** The Rules of every object of a kind in the stores. */
export function desiredRulesOfKind(owner: RuleOwner, stores: Stores): RuleObject[] {
  const objects = stores.of(owner.resource).list();
  return objects.flatMap((object) => desiredRules(object, owner.translate(object, stores)));
}
