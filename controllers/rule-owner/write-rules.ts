/** Writes the Rules of one object, notes what was written for later reconciliations, and records an Event. */
import type { Rule } from '../../api/auth/rule.ts';
import { type Classify, classifyBy } from '../../authorization/rules/diff-rules.ts';
import { lineOf } from '../../authorization/rules/line.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { type Applied, applyRules } from './apply-rules.ts';
import { identityOf, type OwnerObject, ownerKey } from './owner.ts';
import type { OwnerTools } from './tools.ts';

/** Turns the `existing` Rules of an object into the `desired` ones. Throws the first error after the step in which it happened. */
export async function writeRules(
  object: OwnerObject,
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  { client, writes, ownRules, effectOf, events }: OwnerTools,
): Promise<void> {
  const owner = identityOf(object);
  const key = ownerKey(owner);
  const classify = classifyBy(effectOf);
  const applied = await applyRules(existing, desired, {
    client,
    writes,
    owner,
    classify,
    wrote: (rule) => ownRules.wrote(key, rule, restricts(rule, classify)),
    removed: (rule) => ownRules.removed(key, rule),
  });
  const wereRight = ownRules.settle(
    key,
    desired.map(({ metadata }) => metadata.name),
  );
  report(object, applied, { wereRight, events });
}

/** Whether a Rule can take a right away: a deny, or an edge that may lead to one. */
function restricts({ spec }: Rule, classify: Classify): boolean {
  const line = lineOf(spec);
  return line !== undefined && classify(line) !== 'allow';
}

interface Report extends Pick<OwnerTools, 'events'> {
  /** Whether the last reconciliation wanted, and wrote, the same Rules. What differs now, someone else has changed. */
  readonly wereRight: boolean;
}

function report(object: OwnerObject, { created, removed, takenOver }: Applied, { wereRight, events }: Report): void {
  if (wereRight && created + removed + takenOver > 0) {
    const message = `repaired its Rules, which someone else changed: ${created} missing, ${removed} surplus, ${takenOver} with another owner`;
    events.record(object, 'Warning', 'RulesRepaired', message);
  } else if (created + removed > 0) {
    events.record(object, 'Normal', 'RulesWritten', `Rules created: ${created}, removed: ${removed}`);
  }
}
