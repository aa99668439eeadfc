import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decide } from '../engine/decide.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import { classifyBy, diffRules } from './diff-rules.ts';
import { lineOf, type RuleLine } from './line.ts';
import { type RuleObject, ruleObject } from './rule-object.ts';

/** Two allow policies and a deny policy, whose lines belong to other owners. The owner under test is a Role. */
const EFFECTS = { 'pol-a': 'allow', 'pol-b': 'allow', 'pol-no': 'deny' } as const;
const ROLE = { kind: 'Role', name: 'rol-x', uid: 'u' };
const USERS = ['t##user##u', 't##user##v'];
const DOMAINS = ['*', 'prj-1'];
const OBJECTS = ['one', 'two'];
const classify = classifyBy((node) => (node in EFFECTS ? EFFECTS[node as keyof typeof EFFECTS] : undefined));

const roleLines = fc
  .record({
    members: fc.subarray(USERS),
    policies: fc.subarray(Object.keys(EFFECTS)),
    domain: fc.constantFrom(...DOMAINS),
  })
  .map(({ members, policies, domain }): RuleObject[] =>
    [
      ...members.map((member): RuleLine => ({ ptype: 'g', member, of: 'rol-x', domain })),
      ...policies.map((of): RuleLine => ({ ptype: 'g', member: 'rol-x', of, domain })),
    ].map((line) => ruleObject(ROLE, line)),
  );

const elsewhere = fc.uniqueArray(
  fc.record({
    member: fc.constantFrom(...USERS),
    of: fc.constantFrom(...Object.keys(EFFECTS)),
    domain: fc.constantFrom(...DOMAINS),
  }),
  { selector: (edge) => JSON.stringify(edge), maxLength: 4 },
);
const permissions = fc.uniqueArray(
  fc.record({ policy: fc.constantFrom(...Object.keys(EFFECTS)), object: fc.constantFrom(...OBJECTS) }),
  { selector: (line) => JSON.stringify(line) },
);

function allowed(rules: readonly RuleObject[]): Set<string> {
  const index = new RuleIndex();
  for (const rule of rules) {
    const line = lineOf(rule.spec);
    assert.ok(line !== undefined);
    index.set(line, { rule: rule.metadata.name, ownerKind: '', ownerName: '' });
  }
  const asked = USERS.flatMap((subject) =>
    ['', 'prj-1'].flatMap((domain) => OBJECTS.map((object) => ({ subject, domain, object }))),
  );
  const granted = asked.filter(
    ({ subject, ...rest }) => decide(index, { subjects: [subject], ...rest, action: 'get' }, 0).verdict === 'allow',
  );
  return new Set(granted.map((each) => JSON.stringify(each)));
}

test('no moment of a change allows what neither the old state nor the new one allows', () => {
  fc.assert(
    fc.property(roleLines, roleLines, elsewhere, permissions, (before, after, edges, lines) => {
      const others = [
        ...edges.map((edge): RuleLine => ({ ptype: 'g', ...edge })),
        ...lines.map(
          ({ policy, object }): RuleLine => ({
            ptype: 'p',
            policy,
            domain: '*',
            object,
            action: 'get',
            effect: EFFECTS[policy as keyof typeof EFFECTS],
          }),
        ),
      ].map((line) => ruleObject({ kind: 'Policy', name: 'others', uid: 'u' }, line));
      const permitted = allowed([...others, ...before]).union(allowed([...others, ...after]));
      const state = new Map(before.map((rule) => [rule.metadata.name, rule]));
      for (const step of diffRules(before, after, classify)) {
        for (const rule of step.rules) {
          if (step.verb === 'create') state.set(rule.metadata.name, rule);
          else state.delete(rule.metadata.name);
          assert.deepEqual(
            [...allowed([...others, ...state.values()])].filter((what) => !permitted.has(what)),
            [],
          );
        }
      }
      assert.deepEqual([...state.keys()].sort(), [...new Set(after.map((rule) => rule.metadata.name))].sort());
    }),
    { numRuns: 3_000 },
  );
});

test('the same translation again writes nothing', () => {
  fc.assert(fc.property(roleLines, (rules) => assert.deepEqual(diffRules(rules, rules, classify), [])));
});

test('a policy that turns from allow to deny never grants a new subject its old permissions', () => {
  const owner = { kind: 'Policy', name: 'pol-turns', uid: 'u' };
  const state = (effect: 'allow' | 'deny', member: string, action: string): RuleObject[] =>
    [
      { ptype: 'p' as const, policy: 'pol-turns', domain: '*', object: 'one', action, effect },
      { ptype: 'g' as const, member, of: 'pol-turns', domain: '*' },
    ].map((line) => ruleObject(owner, line));
  const steps = diffRules(
    state('allow', 't##user##u', 'get'),
    state('deny', 't##user##v', 'delete'),
    classifyBy(() => 'deny'),
  );
  assert.deepEqual(
    steps.map(
      ({ verb, rules }) => `${verb} ${rules.map(({ spec }) => (spec.ptype === 'p' ? spec.v4 : spec.v0)).join()}`,
    ),
    ['create deny', 'remove allow', 'create t##user##v', 'remove t##user##u'],
  );
});
