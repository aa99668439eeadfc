/**
 * The difference between the Rules that an owner has and the Rules that it should have, in steps. A process may stop
 * between any two writes: no moment may allow what neither the old state nor the new one allows.
 *
 * So denies are created first and removed last, and old allows are removed before new ones are created: an old permission
 * never meets a new subject. An edge to a role or a group may lead to allows and denies (`mixed`). Its replacement is
 * created before it is removed, so that no deny lapses in between, and while the owner has no new allow lines yet.
 */
import type { Effect, RuleLine } from './line.ts';
import { lineOf } from './line.ts';
import type { RuleObject } from './rule-object.ts';

export type LineClass = Effect | 'mixed';

/** The class of a line: its own effect, or for an edge the effect of what it leads to. */
export type Classify = (line: RuleLine) => LineClass;

export interface RuleStep {
  readonly verb: 'create' | 'remove';
  readonly rules: readonly RuleObject[];
}

const ORDER = [
  ['create', 'deny'],
  ['remove', 'allow'],
  ['create', 'mixed'],
  ['remove', 'mixed'],
  ['create', 'allow'],
  ['remove', 'deny'],
] as const;

/** The steps in order, without empty ones. No step means that nothing has to be written. */
export function diffRules(
  existing: readonly RuleObject[],
  desired: readonly RuleObject[],
  classify: Classify,
): RuleStep[] {
  const wanted = new Set(desired.map((rule) => rule.metadata.name));
  const held = new Set(existing.map((rule) => rule.metadata.name));
  const changes = {
    create: desired.filter((rule) => !held.has(rule.metadata.name)),
    remove: existing.filter((rule) => !wanted.has(rule.metadata.name)),
  };
  const turning = policiesThatTurn([...existing, ...desired]);
  return ORDER.map(([verb, lineClass]) => ({
    verb,
    rules: changes[verb].filter((rule) => classOf(rule, classify, turning) === lineClass),
  })).filter((step) => step.rules.length > 0);
}

function classOf(rule: RuleObject, classify: Classify, turning: ReadonlySet<string>): LineClass {
  const line = lineOf(rule.spec);
  // Values that form no line grant nothing. They go with the first removals.
  if (line === undefined) return 'allow';
  return line.ptype === 'g' && turning.has(line.of) ? 'mixed' : classify(line);
}

/** The policies whose effect changes: for a moment an edge to one of them leads to lines of both effects. */
function policiesThatTurn(rules: readonly RuleObject[]): Set<string> {
  const policiesOf = (effect: string): Set<string> =>
    new Set(rules.filter(({ spec }) => spec.ptype === 'p' && spec.v4 === effect).map(({ spec }) => spec.v0));
  return policiesOf('allow').intersection(policiesOf('deny'));
}

/** A Classify that knows the effects of policies. An edge to a node of unknown effect is mixed. */
export function classifyBy(effectOf: (node: string) => Effect | undefined): Classify {
  return (line) => (line.ptype === 'p' ? line.effect : (effectOf(line.of) ?? 'mixed'));
}
