/** Feeds Rule objects into the engine's index. Untrusted Rules never enter it. */
import type { Rule } from '../../api/auth/rule.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import type { RuleObject } from '../rules/rule-object.ts';
import { trustRule } from '../rules/trust.ts';

/** Adds or updates a Rule in the index; removes it when it is not trusted (any more). */
export function putRule(index: RuleIndex, object: RuleObject): void {
  const rule = object.metadata.name;
  const trust = trustRule(object);
  if (trust.honoured) index.set(trust.line, { rule, ownerKind: trust.owner.kind, ownerName: trust.owner.name });
  else index.remove(rule);
}

/** Keeps the index in step with the Rule cache. */
export function feedIndex(index: RuleIndex, informer: Informer<Rule>): void {
  informer.onChange(({ type, object }) => {
    if (type === 'deleted') index.remove(object.metadata.name);
    else putRule(index, object);
  });
}
