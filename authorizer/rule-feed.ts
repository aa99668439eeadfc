/** Keeps the engine's index equal to the Rule cache. Rules that do not count never enter it. */
import type { Rule } from '../api/auth/rule.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { trustRule } from '../rules/trust.ts';
import type { Informer } from '../runtime/informer.ts';

export function feedIndex(index: RuleIndex, informer: Informer<Rule>): void {
  informer.onChange(({ type, object }) => {
    const rule = object.metadata.name;
    const trust = trustRule(object);
    if (type === 'deleted' || !trust.honoured) index.remove(rule);
    else index.set(trust.line, { rule, ownerKind: trust.owner.kind, ownerName: trust.owner.name });
  });
}
