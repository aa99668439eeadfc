/**
 * From the Rules that an owner has to those that it should have, in steps that are safe to stop between.
 *
 * No moment may allow what neither the old state nor the new one allows. So denials come first and go last, and what
 * was allowed goes before what will be allowed comes: never do an old permission and a new subject meet. An edge into
 * a role or a group carries both kinds (`mixed`); its replacement comes before it goes, so that no denial lapses in
 * between, and it does so while none of the owner's allow lines are half changed.
 */
import type { Effect, RuleLine } from './line.ts';
import { lineOf } from './line.ts';
import type { RuleObject } from './rule-object.ts';

export type LineClass = Effect | 'mixed';

/** What a line grants: what its own effect says, or for an edge what it leads to. */
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

/** The steps, in order; empty ones are left out, and none means that nothing is to be written. */
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
  const turning = turningPolicies([...existing, ...desired]);
  return ORDER.map(([verb, lineClass]) => ({
    verb,
    rules: changes[verb].filter((rule) => classOf(rule, classify, turning) === lineClass),
  })).filter((step) => step.rules.length > 0);
}

function classOf(rule: RuleObject, classify: Classify, turning: ReadonlySet<string>): LineClass {
  const line = lineOf(rule.spec);
  // What is no line grants nothing; it may go with the first that go.
  if (line === undefined) return 'allow';
  return line.ptype === 'g' && turning.has(line.of) ? 'mixed' : classify(line);
}

/** Policies that change their effect: for a moment an edge to one leads to lines of both kinds. */
function turningPolicies(rules: readonly RuleObject[]): Set<string> {
  const policiesOf = (effect: string): Set<string> =>
    new Set(rules.filter(({ spec }) => spec.ptype === 'p' && spec.v4 === effect).map(({ spec }) => spec.v0));
  return policiesOf('allow').intersection(policiesOf('deny'));
}

/** Classes for lines whose policies have the given effects; an edge to anything else is mixed. */
export function classifyBy(effectOf: (node: string) => Effect | undefined): Classify {
  return (line) => (line.ptype === 'p' ? line.effect : (effectOf(line.of) ?? 'mixed'));
}
