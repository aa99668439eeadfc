/** Writes the Rules of one owner. Its controller knows best which Rules are right, so it takes over what is in its way. */
import { isDeepStrictEqual } from 'node:util';
import { type Rule, rules } from '../../api/auth/rule.ts';
import {
  type Difference,
  type RuleWriter,
  sameUid,
  writeDifference,
} from '../../authorization/rule-writes/write-difference.ts';
import { lineOf } from '../../authorization/rules/line.ts';
import { ownerOf, ownership, type RuleObject } from '../../authorization/rules/rule-object.ts';
import type { Client } from '../../runtime/client/client.ts';

/** Numbers of Rules. */
export interface Applied extends Difference {
  /** Rules with the right line that named another owner, or an earlier object of the same name. */
  readonly takenOver: number;
}

export interface ApplyOptions extends Omit<RuleWriter, 'onCollision'> {
  readonly client: Client;
  readonly wrote: (rule: Rule) => void;
}

/** Turns the `existing` Rules of the owner into the `desired` ones. Throws the first error after the step in which it happened. */
export async function applyRules(
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  options: ApplyOptions,
): Promise<Applied> {
  const takenOver = await takeOverStale(existing, desired, options);
  const onCollision = (live: Rule, wanted: RuleObject): Promise<Rule> => resolveCollision(live, wanted, options);
  return { ...(await writeDifference(existing, desired, { ...options, onCollision })), takenOver };
}

/**
 * An owner that was deleted and created again has a new uid. Its Rules must name the new one before the garbage
 * collector removes them with the old one.
 */
async function takeOverStale(
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  options: ApplyOptions,
): Promise<number> {
  const wanted = new Set(desired.map((rule) => rule.metadata.name));
  const stale = existing.filter((rule) => wanted.has(rule.metadata.name) && ownerOf(rule)?.uid !== options.owner.uid);
  await options.writes.all(stale.map((rule) => async () => options.wrote(await takeOver(rule, options))));
  return stale.length;
}

/** A Rule with the wanted line only names the wrong owner. One with other values was never honoured, and is replaced. */
async function resolveCollision(live: Rule, wanted: RuleObject, options: ApplyOptions): Promise<Rule> {
  if (hasLineOf(live, wanted)) return takeOver(wanted, options);
  await options.client.delete(rules, live.metadata, sameUid(live));
  return options.client.create<Rule>(rules, wanted);
}

function takeOver({ metadata: { name } }: RuleObject, { client, owner }: ApplyOptions): Promise<Rule> {
  return client.patch(rules, { name }, { type: 'merge', body: { metadata: ownership(owner) } });
}

/** Whether `live`, under whatever owner, holds the line of `wanted`. */
function hasLineOf(live: RuleObject, wanted: RuleObject): boolean {
  const [found, expected] = [lineOf(live.spec), lineOf(wanted.spec)];
  return found !== undefined && isDeepStrictEqual(found, expected);
}
