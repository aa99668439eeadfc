/** The index changes in place. These tests compare it with an index that is built from scratch. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { worlds } from '../../test/support/random-rules.ts';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { RuleIndex } from './rule-index.ts';
import type { Limits } from './view-cache.ts';

const source = (rule: number): { rule: string; ownerKind: string; ownerName: string } => ({
  rule: `r${rule}`,
  ownerKind: 'Policy',
  ownerName: `o${rule % 3}`,
});

function indexOf(rules: ReadonlyMap<number, RuleLine>): RuleIndex {
  const index = new RuleIndex();
  for (const [rule, line] of rules) index.set(line, source(rule));
  return index;
}

/** Ends at one of three times, so that an edge may count at one time and not at another. */
const TIMES = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'];
const change = fc.record({
  rule: fc.nat(9),
  line: fc.nat(23),
  remove: fc.boolean(),
  end: fc.option(fc.constantFrom(...TIMES), { nil: undefined }),
});

const LIMITS: Record<string, Limits | undefined> = {
  'default limits': undefined,
  'few visits, so that all views are dropped at once': { visited: 1, kept: 1_000 },
  'a small cache': { visited: 1_000, kept: 3 },
};
for (const [name, limits] of Object.entries(LIMITS)) {
  test(`after any changes, an index decides like one built from scratch: ${name}`, () => {
    fc.assert(
      fc.property(worlds(12), fc.array(change, { minLength: 5, maxLength: 30 }), ({ lines, asked }, changes) => {
        const index = new RuleIndex(limits);
        const rules = new Map<number, RuleLine>();
        for (const { rule, line: at, remove, end } of changes) {
          const line = lines[at % lines.length];
          if (remove || line === undefined) {
            rules.delete(rule);
            index.remove(`r${rule}`);
          } else {
            const ending = line.ptype === 'g' && end !== undefined ? { ...line, notAfter: end } : line;
            rules.set(rule, ending);
            index.set(ending, source(rule));
          }
          const fresh = indexOf(rules);
          assert.equal(index.size, rules.size);
          assert.equal(index.revision, fresh.revision);
          for (const [i, { subject, ...rest }] of asked.entries()) {
            const at = Date.parse(TIMES[i % 3] ?? '') - (i % 2);
            const request = { subjects: [subject], ...rest };
            assert.equal(decide(index, request, at).verdict, decide(fresh, request, at).verdict);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
}

test('the revision does not depend on the order of changes, and returns when the rules do', () => {
  const rules = new Map<number, RuleLine>([
    [1, { ptype: 'g', member: 'u', of: 'pol', domain: '*' }],
    [2, { ptype: 'g', member: 'u', of: 'pol', domain: '*', notAfter: '2030-01-01T00:00:00Z' }],
    [3, { ptype: 'p', policy: 'pol', domain: '*', object: 'o', action: 'get', effect: 'allow' }],
  ]);
  const index = indexOf(rules);
  const { revision } = index;
  assert.match(revision, /^[0-9a-f]{32}$/);
  assert.equal(indexOf(new Map([...rules].reverse())).revision, revision);
  const line = rules.get(2);
  assert.ok(line !== undefined);
  index.remove('r2');
  assert.notEqual(index.revision, revision);
  index.set(line, { ...source(2), rule: 'r4' });
  assert.notEqual(index.revision, revision, 'the name of the Rule counts');
  index.remove('r4');
  index.set(line, source(2));
  assert.equal(index.revision, revision);
  for (const rule of rules.keys()) index.remove(`r${rule}`);
  assert.equal(index.revision, new RuleIndex().revision);
  assert.deepEqual([...index.names()], [], 'nothing stays behind');
});
