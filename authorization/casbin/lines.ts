/**
 * Converts Rules to the values that casbin works with, and back: a `p` Rule is `['pol-a', '*', 'pod:*', 'getPod',
 * 'allow']`. Nothing is joined to text or split, so a value may contain commas, quotes and spaces.
 */
import { EVERYWHERE, endMs, lineOf, type RuleLine } from '../rules/line.ts';
import type { Owner, RuleObject } from '../rules/rule-object.ts';
import { type Trust, trustRule } from '../rules/trust.ts';

/** The number of values of a line in casbin: `p = sub, dom, obj, act, eft` and `g = _, _, _` in the model. */
export const WIDTH = { p: 5, g: 3 } as const;

/** A line that counts, with its owner and its Rule. */
export interface HeldLine {
  readonly line: RuleLine;
  readonly owner: Owner;
  readonly rule: RuleObject;
}

/** Remembered results of trustRule, which computes a digest. A cache returns the same objects at each load. */
const judged = new WeakMap<RuleObject, Trust>();

/** The lines that count at `nowMs` (milliseconds since the epoch): of honoured Rules that have not expired. */
export function linesInForce(rules: readonly RuleObject[], nowMs: number): HeldLine[] {
  return rules.flatMap((rule) => {
    const trust = trustOnce(rule);
    if (!trust.honoured || (endOf(trust.line) ?? Infinity) <= nowMs) return [];
    return [{ line: trust.line, owner: trust.owner, rule }];
  });
}

/** The first end after `nowMs`, in milliseconds since the epoch; undefined when no Rule will expire. */
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

/** The values of a line in casbin's model. The end is not one of them. */
export function valuesOf(line: RuleLine): string[] {
  return line.ptype === 'p'
    ? [line.policy, line.domain, line.object, line.action, line.effect]
    : [line.member, line.of, line.domain];
}

/** A text for a line: the same for two lines exactly when they are one line in casbin. */
export function textOf(line: RuleLine): string {
  return JSON.stringify([line.ptype, ...valuesOf(line)]);
}

/** The line with these values of casbin. Throws when no Rule can have them. */
export function lineOfValues(ptype: string, values: readonly string[]): RuleLine {
  const problem = (what: string): Error => new Error(`${what}: ${[ptype, ...values].join(', ')}`);
  if (ptype !== 'p' && ptype !== 'g') throw problem('a Rule is a p or a g line');
  if (values.length !== WIDTH[ptype]) throw problem(`a ${ptype} line has ${WIDTH[ptype]} values`);
  const value = (at: number): string => values[at] ?? '';
  const line = lineOf({ ptype, v0: value(0), v1: value(1), v2: value(2), v3: value(3), v4: value(4), v5: '', v6: '' });
  if (line === undefined) throw problem('a line needs its names, a domain, and for p an effect of allow or deny');
  if (line.ptype === 'p' && line.domain !== EVERYWHERE) {
    // The permission would hold everywhere, not only in that domain.
    throw problem(
      `the domain of a permission must be ${EVERYWHERE}: it is not compared, the edges to the policy decide where it holds`,
    );
  }
  return line;
}

/** Whether the values of a line from `index` on are `wanted`. An empty value matches any, as in casbin's filters. */
export function hasValues(line: RuleLine, index: number, wanted: readonly string[]): boolean {
  const values = valuesOf(line);
  return wanted.every((value, i) => value === '' || values[index + i] === value);
}
