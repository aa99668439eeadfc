import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { lineOf, type RuleLine, specOf } from './line.ts';

const text = fc.string({ minLength: 1 });
const permission = fc.record({
  ptype: fc.constant('p' as const),
  policy: text,
  domain: text,
  object: fc.string(),
  action: fc.string(),
  effect: fc.constantFrom('allow' as const, 'deny' as const),
});
const grouping = fc.record(
  {
    ptype: fc.constant('g' as const),
    member: text,
    of: text,
    domain: text,
    notAfter: fc.constant('2099-01-01T00:00:00Z'),
  },
  { requiredKeys: ['ptype', 'member', 'of', 'domain'] },
);

test('a line survives the conversion to a spec and back', () => {
  fc.assert(
    fc.property(fc.oneof(permission, grouping), (line: RuleLine) =>
      assert.deepEqual(lineOf(specOf(line)), { ...line }),
    ),
  );
});

const blank = { v0: '', v1: '', v2: '', v3: '', v4: '', v5: '', v6: '' };
const INVALID = {
  'a permission with an unknown effect': {
    ...blank,
    ptype: 'p' as const,
    v0: 'pol-a',
    v1: '*',
    v2: '*',
    v3: '*',
    v4: 'Allow',
  },
  'a permission without a policy': { ...blank, ptype: 'p' as const, v1: '*', v2: '*', v3: '*', v4: 'allow' },
  'an edge without a domain': { ...blank, ptype: 'g' as const, v0: 'default##user##test', v1: 'pol-a' },
  'an edge without a member': { ...blank, ptype: 'g' as const, v1: 'pol-a', v2: '*' },
};
for (const [name, spec] of Object.entries(INVALID)) {
  test(`${name} is not a line`, () => assert.equal(lineOf(spec), undefined));
}
