import assert from 'node:assert/strict';
import test from 'node:test';
import type { RuleLine } from './line.ts';
import { ownerOf, type RuleObject, ruleName, ruleObject } from './rule-object.ts';
import { trustRule } from './trust.ts';

const owner = { kind: 'Policy', name: 'pol-a', uid: 'u1' };
const line: RuleLine = { ptype: 'p', policy: 'pol-a', domain: '*', object: '*', action: 'getPod', effect: 'allow' };

test('the name of a Rule depends on its owner and its line only', () => {
  assert.equal(ruleName(owner, line), ruleName({ ...owner }, { ...line }));
  assert.match(ruleName(owner, line), /^rul-[0-9a-v]{26}$/);
  const others = [
    ruleName({ ...owner, name: 'pol-b' }, line),
    ruleName({ ...owner, kind: 'Role' }, line),
    ruleName(owner, { ...line, effect: 'deny' }),
    ruleName(owner, { ...line, object: 'x' }),
  ];
  assert.equal(new Set([ruleName(owner, line), ...others]).size, 5);
});

test('moving text between columns changes the name', () => {
  const a = ruleName(owner, { ...line, object: 'ab', action: 'c' });
  const b = ruleName(owner, { ...line, object: 'a', action: 'bc' });
  assert.notEqual(a, b);
});

test('a Rule names its owner, also one whose name is too long for a label', () => {
  const long = { ...owner, name: `pol-${'x'.repeat(200)}` };
  for (const each of [owner, long]) {
    const rule = ruleObject(each, line);
    assert.deepEqual(ownerOf(rule), each);
    assert.ok(Object.values(rule.metadata.labels ?? {}).every((value) => value.length <= 63));
    assert.equal(trustRule(rule).honoured, true);
  }
});

const rule = ruleObject(owner, line);
const DISTRUSTED: Record<string, RuleObject> = {
  'a Rule that was created by hand': { ...rule, metadata: { name: 'rul-2rh67m4s' } },
  'a Rule with labels but no owner reference': { ...rule, metadata: { ...rule.metadata, ownerReferences: [] } },
  'a Rule whose label names another owner': {
    ...rule,
    metadata: { ...rule.metadata, labels: { ...rule.metadata.labels, 'auth.tkestack.io/owner-name': 'pol-b' } },
  },
  'a Rule whose owner has a kind that owns no Rules': ruleObject({ ...owner, kind: 'Project' }, line),
  'a Rule whose values were changed': { ...rule, spec: { ...rule.spec, v2: 'secret:*' } },
  'a Rule under another name': { ...rule, metadata: { ...rule.metadata, name: 'rul-0' } },
  'a Rule whose end was removed': {
    ...ruleObject(
      { ...owner, kind: 'Grant' },
      { ptype: 'g', member: 'a##user##b', of: 'pol-a', domain: '*', notAfter: '2020-01-01T00:00:00Z' },
    ),
    spec: { ...rule.spec, ptype: 'g', v0: 'a##user##b', v1: 'pol-a', v2: '*', v3: '', v4: '' },
  },
};
for (const [name, distrusted] of Object.entries(DISTRUSTED)) {
  test(`${name} is not honoured`, () => assert.equal(trustRule(distrusted).honoured, false));
}
