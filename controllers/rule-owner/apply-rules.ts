/**
 * Writes the Rules of one owner, step after step in the safe order; within a step in parallel. Every write can be
 * repeated: a Rule that is there already is taken over, one that is gone already is fine.
 */
import type { Rule } from '../../api/auth/rule.ts';
import { rules } from '../../api/auth/rule.ts';
import { type Classify, diffRules } from '../../authorization/rules/diff-rules.ts';
import { lineOf, specOf } from '../../authorization/rules/line.ts';
import { type Owner, ownerOf, ownership, type RuleObject } from '../../authorization/rules/rule-object.ts';
import { type Client } from '../../runtime/client/client.ts';
import { isAlreadyExists } from '../../runtime/errors.ts';
import type { Writes } from '../../runtime/loop/bounded-writes.ts';

export interface Applied {
  readonly created: number;
  readonly removed: number;
  /** Rules that are right but for whose they say they are. */
  readonly takenOver: number;
}

export interface ApplyOptions {
  readonly client: Client;
  readonly writes: Writes;
  readonly owner: Owner;
  readonly classify: Classify;
  /** Told of each write. */
  readonly wrote: (rule: Rule) => void;
  readonly removed: (rule: Rule) => void;
}

/** Makes the `existing` Rules of an owner the `desired` ones. Throws the first error after the step it happened in. */
export async function applyRules(
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  options: ApplyOptions,
): Promise<Applied> {
  const { writes } = options;
  const count = { created: 0, removed: 0, takenOver: await takeOver(existing, desired, options) };
  for (const step of diffRules(existing, desired, options.classify)) {
    if (step.verb === 'create') {
      await writes.all(step.rules.map((rule) => () => create(rule, options)));
      count.created += step.rules.length;
    } else {
      await writes.all(step.rules.map((rule) => () => remove(rule, options)));
      count.removed += step.rules.length;
    }
  }
  return count;
}

/** An owner that was deleted and made again has a new uid; its Rules must not be collected with the old one. */
async function takeOver(
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  options: ApplyOptions,
): Promise<number> {
  const wanted = new Set(desired.map((rule) => rule.metadata.name));
  const stale = existing.filter((rule) => wanted.has(rule.metadata.name) && ownerOf(rule)?.uid !== options.owner.uid);
  await options.writes.all(stale.map((rule) => () => own(rule.metadata.name, options)));
  return stale.length;
}

async function create(rule: RuleObject, options: ApplyOptions): Promise<void> {
  const { client } = options;
  try {
    options.wrote(await client.create(rules, rule));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const live = await client.get(rules, rule.metadata);
    if (live !== undefined && sameLine(live, rule)) return own(rule.metadata.name, options);
    // Somebody else wrote other values under this name; they were never honoured. (Gone meanwhile: create again.)
    if (live !== undefined) await client.delete(rules, live.metadata, uidOf(live));
    options.wrote(await client.create(rules, rule));
  }
}

async function remove(rule: RuleObject, options: ApplyOptions): Promise<void> {
  await options.client.delete(rules, rule.metadata, uidOf(rule));
  options.removed(rule);
}

async function own(name: string, { client, owner, wrote }: ApplyOptions): Promise<void> {
  wrote(await client.patch(rules, { name }, { type: 'merge', body: { metadata: ownership(owner) } }));
}

function sameLine(a: RuleObject, b: RuleObject): boolean {
  const [x, y] = [lineOf(a.spec), lineOf(b.spec)];
  return x !== undefined && y !== undefined && JSON.stringify(specOf(x)) === JSON.stringify(specOf(y));
}

function uidOf(rule: RuleObject): { uid?: string } {
  return rule.metadata.uid === undefined ? {} : { uid: rule.metadata.uid };
}
