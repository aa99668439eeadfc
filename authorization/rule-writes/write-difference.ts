/**
 * Writes the difference between the Rules that an owner has and those that it should have: step by step in the safe
 * order of authorization/rules/diff-rules.ts, in parallel within a step. Every write can be repeated: a Rule that exists
 * already, or is gone already, counts as written.
 *
 * The controllers and the casbin adapter both write through this loop. They differ only in `onCollision`.
 */
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isAlreadyExists } from '../../runtime/errors.ts';
import type { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import { type Classify, diffRules } from '../rules/diff-rules.ts';
import type { Owner, RuleObject } from '../rules/rule-object.ts';
import { isHeldBy } from '../rules/trust.ts';

export interface RuleWriter {
  readonly client: Pick<Client, 'get' | 'create' | 'delete'>;
  readonly writes: BoundedWrites;
  readonly owner: Owner;
  readonly classify: Classify;
  /**
   * What to do when `live` has the name of a wanted Rule and is not a Rule of this owner. Returns the Rule that stands
   * there afterwards, or throws to leave it alone.
   */
  readonly onCollision: (live: Rule, wanted: RuleObject) => Promise<Rule>;
  /** Called for each Rule that was created or found, with the API server's answer. */
  readonly wrote?: ((rule: Rule) => void) | undefined;
  /** Called for each Rule that was removed. */
  readonly removed?: ((rule: RuleObject) => void) | undefined;
}

/** Numbers of Rules. */
export interface Difference {
  readonly created: number;
  readonly removed: number;
}

/** Turns the `existing` Rules of the owner into the `desired` ones. Throws the first error after the step in which it happened. */
export async function writeDifference(
  existing: readonly RuleObject[],
  desired: readonly RuleObject[],
  writer: RuleWriter,
): Promise<Difference> {
  const once = [...new Map(desired.map((rule) => [rule.metadata.name, rule])).values()];
  const count = { created: 0, removed: 0 };
  for (const step of diffRules(existing, once, writer.classify)) {
    if (step.verb === 'create') {
      await writer.writes.all(step.rules.map((rule) => () => create(rule, writer)));
      count.created += step.rules.length;
    } else {
      await writer.writes.all(step.rules.map((rule) => () => remove(rule, writer)));
      count.removed += step.rules.length;
    }
  }
  return count;
}

/** The precondition that a deletion only hits this very object. */
export function sameUid({ metadata: { uid } }: RuleObject): { uid?: string } {
  return uid === undefined ? {} : { uid };
}

async function create(wanted: RuleObject, writer: RuleWriter): Promise<void> {
  const rule = await createOrFind(wanted, writer);
  writer.wrote?.(rule);
}

async function createOrFind(wanted: RuleObject, { client, owner, onCollision }: RuleWriter): Promise<Rule> {
  try {
    return await client.create<Rule>(rules, wanted);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const live = await client.get(rules, wanted.metadata);
    // It was deleted between the two requests.
    if (live === undefined) return client.create<Rule>(rules, wanted);
    return isHeldBy(live, owner) ? live : onCollision(live, wanted);
  }
}

async function remove(rule: RuleObject, { client, removed }: RuleWriter): Promise<void> {
  await client.delete(rules, rule.metadata, sameUid(rule));
  removed?.(rule);
}
