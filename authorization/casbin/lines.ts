/**
 * Rules in, casbin's values out, and back: `['pol-a', '*', 'pod:*', 'getPod', 'allow']` is the policy line that a `p`
 * Rule holds. The adapter reads and writes with it, the watcher asks it for ends. No text is put together or split,
 * so a value may hold commas, quotes and spaces.
 */
import { EVERYWHERE, endMs, lineOf, type RuleLine } from '../rules/line.ts';
import type { Owner, RuleObject } from '../rules/rule-object.ts';
import { type Trust, trustRule } from '../rules/trust.ts';

/** How many values casbin holds for a line: `p = sub, dom, obj, act, eft` and `g = _, _, _` of the model. */
export const WIDTH = { p: 5, g: 3 } as const;

/** A line that counts, and who holds it. */
export interface HeldLine {
  readonly line: RuleLine;
  readonly owner: Owner;
  readonly rule: RuleObject;
}

/** What was found of a Rule. It takes a digest of each, and a cache gives the same objects at each load. */
const judged = new WeakMap<RuleObject, Trust>();

/** The lines of those Rules that count at `nowMs` (milliseconds since the epoch): honoured ones whose end has not come. */
export function linesInForce(rules: readonly RuleObject[], nowMs: number): HeldLine[] {
  return rules.flatMap((rule) => {
    const trust = trustOnce(rule);
    if (!trust.honoured || (endOf(trust.line) ?? Infinity) <= nowMs) return [];
    return [{ line: trust.line, owner: trust.owner, rule }];
  });
}

/** The first end after `nowMs` among Rules, in milliseconds since the epoch; undefined when none will end. */
export function nextEnd(rules: readonly RuleObject[], nowMs: number): number | undefined {
  const ending = rules.filter(({ spec }) => spec.notAfter !== undefined);
  const ends = linesInForce(ending, nowMs).flatMap(({ line }) => endOf(line) ?? []);
  return ends.length === 0 ? undefined : ends.reduce((first, end) => Math.min(first, end));
}

function trustOnce(rule: RuleObject): Trust {
  const trust = judged.get(rule) ?? trustRule(rule);
  judged.set(rule, trust);
  return trust;
}

/** When the line stops counting. */
function endOf(line: RuleLine): number | undefined {
  return line.ptype === 'p' || line.notAfter === undefined ? undefined : endMs(line.notAfter);
}

/** The values of a line as casbin's model holds them. An end is not among them. */
export function valuesOf(line: RuleLine): string[] {
  return line.ptype === 'p'
    ? [line.policy, line.domain, line.object, line.action, line.effect]
    : [line.member, line.of, line.domain];
}

/** One text for a line: equal for two lines exactly when casbin holds them as one. */
export function textOf(line: RuleLine): string {
  return JSON.stringify([line.ptype, ...valuesOf(line)]);
}

/** The line that casbin's values stand for. Throws where a Rule can't hold them. */
export function lineOfValues(ptype: string, values: readonly string[]): RuleLine {
  const problem = (what: string): Error => new Error(`${what}: ${[ptype, ...values].join(', ')}`);
  if (ptype !== 'p' && ptype !== 'g') throw problem('a Rule holds p and g lines alone');
  if (values.length !== WIDTH[ptype]) throw problem(`a ${ptype} line has ${WIDTH[ptype]} values`);
  const value = (at: number): string => values[at] ?? '';
  const line = lineOf({ ptype, v0: value(0), v1: value(1), v2: value(2), v3: value(3), v4: value(4), v5: '', v6: '' });
  if (line === undefined) throw problem('no line, for want of a name, a domain or an effect that is allow or deny');
  if (line.ptype === 'p' && line.domain !== EVERYWHERE) {
    // It would hold everywhere, against what it says.
    throw problem(
      `the domain of a permission must be ${EVERYWHERE}, since it is not compared: the edges to it say where it holds`,
    );
  }
  return line;
}

/** Whether the values that a line has from `index` on are `wanted`, where an empty one means any: as casbin filters. */
export function hasValues(line: RuleLine, index: number, wanted: readonly string[]): boolean {
  const values = valuesOf(line);
  return wanted.every((value, i) => value === '' || values[index + i] === value);
}
