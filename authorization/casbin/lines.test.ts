import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { RuleLine } from '../rules/line.ts';
import { type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { hasValues, lineOfValues, linesInForce, nextEnd, textOf, valuesOf } from './lines.ts';

const text = fc.string({ minLength: 1 });
const lines: fc.Arbitrary<RuleLine> = fc.oneof(
  fc.record({
    ptype: fc.constant('p' as const),
    policy: text,
    domain: fc.constant('*'),
    object: fc.string(),
    action: fc.string(),
    effect: fc.constantFrom('allow' as const, 'deny' as const),
  }),
  fc.record({ ptype: fc.constant('g' as const), member: text, of: text, domain: text }),
);

test('a line survives the conversion to casbin and back, whatever its values are', () => {
  fc.assert(fc.property(lines, (line) => assert.deepEqual(lineOfValues(line.ptype, valuesOf(line)), { ...line })));
});

const NO_RULES: Record<string, [string, ...string[]]> = {
  'another type': ['p2', 'pol-a', '*', '*', '*', 'allow'],
  'a permission without an effect': ['p', 'pol-a', '*', '*', '*'],
  'a permission with an effect that is none': ['p', 'pol-a', '*', '*', '*', 'Allow'],
  'a permission of no policy': ['p', '', '*', '*', '*', 'allow'],
  'a permission that says where it holds': ['p', 'pol-a', 'prj-1', '*', '*', 'allow'],
  'an edge without a domain': ['g', 'u', 'pol-a'],
  'an edge with an empty domain': ['g', 'u', 'pol-a', ''],
  'an edge of four values': ['g', 'u', 'pol-a', '*', 'x'],
};
for (const [name, [ptype, ...values]] of Object.entries(NO_RULES)) {
  test(`${name} cannot be a Rule`, () => assert.throws(() => lineOfValues(ptype, values)));
}

const OWNER = { kind: 'Grant', name: 'gnt-a', uid: 'u1' };
const edge = (notAfter?: string): RuleObject =>
  ruleObject(OWNER, {
    ptype: 'g',
    member: 'u',
    of: 'pol-a',
    domain: '*',
    ...(notAfter === undefined ? {} : { notAfter }),
  });
const NOON = Date.parse('2030-01-01T12:00:00Z');

const COUNTED: Record<string, { rule: RuleObject; counts: boolean }> = {
  'a Rule of an owner': { rule: edge(), counts: true },
  'a Rule that ends later': { rule: edge('2030-01-01T12:00:00.001Z'), counts: true },
  'a Rule that ends now': { rule: edge('2030-01-01T12:00:00Z'), counts: false },
  'a Rule that ended': { rule: edge('2029-01-01T00:00:00Z'), counts: false },
  'a Rule whose end is no time': { rule: edge('soon'), counts: false },
  'a hand-made Rule': { rule: { ...edge(), metadata: { name: 'rul-a' } }, counts: false },
  'a Rule whose values were changed': { rule: { ...edge(), spec: { ...edge().spec, v0: 'eve' } }, counts: false },
};
for (const [name, { rule, counts }] of Object.entries(COUNTED)) {
  test(`${name} ${counts ? 'counts' : 'does not count'}`, () =>
    assert.equal(linesInForce([rule], NOON).length, counts ? 1 : 0));
}

test('the next end is the first one after now, of Rules that count', () => {
  const forged = { ...edge('2030-01-01T12:30:00Z'), metadata: { name: 'rul-a' } };
  const rules = [
    edge(),
    edge('2031-01-01T00:00:00Z'),
    edge('2030-01-01T13:00:00Z'),
    edge('2030-01-01T11:00:00Z'),
    edge('soon'),
    forged,
  ];
  assert.equal(nextEnd(rules, NOON), Date.parse('2030-01-01T13:00:00Z'));
  assert.equal(nextEnd([edge()], NOON), undefined);
});

test('two lines have the same text when they are one line in casbin', () => {
  const ending: RuleLine = { ptype: 'g', member: 'u', of: 'pol-a', domain: '*', notAfter: '2031-01-01T00:00:00Z' };
  assert.equal(textOf(ending), textOf({ ptype: 'g', member: 'u', of: 'pol-a', domain: '*' }));
  assert.notEqual(
    textOf({ ptype: 'g', member: 'a', of: 'b,c', domain: '*' }),
    textOf({ ptype: 'g', member: 'a,b', of: 'c', domain: '*' }),
  );
});

test('an empty value of a filter matches any value, and a value beyond the line matches none', () => {
  const line: RuleLine = { ptype: 'g', member: 'u', of: 'pol-a', domain: '*' };
  assert.equal(hasValues(line, 0, ['', 'pol-a']), true);
  assert.equal(hasValues(line, 1, ['pol-a', '*']), true);
  assert.equal(hasValues(line, 0, ['pol-a']), false);
  assert.equal(hasValues(line, 2, ['*', 'x']), false);
});
