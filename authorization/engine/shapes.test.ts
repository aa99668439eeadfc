/** Extreme shapes of rule sets: decisions are right, and their work is bounded. (bench/ measures times.) */
import assert from 'node:assert/strict';
import test from 'node:test';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import { decide } from './decide.ts';
import type { RuleIndex } from './rule-index.ts';

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const verdict = (index: RuleIndex, subject: string, object: string, action = 'get'): string =>
  decide(index, { subjects: [subject], domain: '', object, action }, 0).verdict;

test('a group of 100,000 members: all are allowed; one leaves; the group loses its policy', () => {
  const index = indexOf([p('pol', 'o', 'get'), g('grp', 'pol'), ...times(100_000, (i) => g(`u${i}`, 'grp'))]);
  for (const i of [0, 500, 99_999]) assert.equal(verdict(index, `u${i}`, 'o'), 'allow');
  index.remove('r2');
  assert.deepEqual([verdict(index, 'u0', 'o'), verdict(index, 'u500', 'o')], ['none', 'allow']);
  index.remove('r1');
  assert.equal(verdict(index, 'u500', 'o'), 'none');
});

test('a user in 1,000 groups reaches the policy of the last group', () => {
  const index = indexOf(
    times(1_000, (i) => [g('u', `grp${i}`), g(`grp${i}`, `pol${i}`), p(`pol${i}`, `o${i}`, 'get')]).flat(),
  );
  assert.deepEqual([verdict(index, 'u', 'o999'), verdict(index, 'u', 'o1000')], ['allow', 'none']);
});

test('a dense graph of 300 names, all bound to each other, with a deny at its end', () => {
  const names = times(300, (i) => `n${i}`);
  const index = indexOf([
    ...names.flatMap((from) => names.filter((to) => to !== from).map((to) => g(from, to))),
    p('n1', '*', '*'),
    p('n299', 'o', '*', 'deny'),
  ]);
  assert.deepEqual([verdict(index, 'n0', 'o'), verdict(index, 'n0', 'x')], ['deny', 'allow']);
});

const MANY = 10_000;
const POLICIES: Record<string, { object: (i: number) => string; asked: string; not: string }> = {
  'with whole objects': { object: (i) => `o${i}`, asked: `o${MANY - 1}`, not: `o${MANY}` },
  'that end in a star': { object: (i) => `ns-${i}/*`, asked: `ns-${MANY - 1}/x`, not: `ns-${MANY}/x` },
  'that begin with a star': { object: (i) => `*/o${i}`, asked: `x/o${MANY - 1}`, not: `x/o${MANY}` },
  'with text between stars': { object: (i) => `*/o${i}/*`, asked: `x/o${MANY - 1}/y`, not: `x/o${MANY}/y` },
};
for (const [name, { object, asked, not }] of Object.entries(POLICIES)) {
  test(`a policy with 10,000 lines ${name}, before and after half of them are removed`, () => {
    const index = indexOf([g('u', 'pol'), ...times(MANY, (i) => p('pol', object(i), i % 2 === 0 ? 'get*' : 'get'))]);
    assert.deepEqual(
      [verdict(index, 'u', asked), verdict(index, 'u', not), verdict(index, 'u', asked, 'list')],
      ['allow', 'none', 'none'],
    );
    for (let i = 0; i < MANY; i += 2) index.remove(`r${i + 2}`);
    assert.deepEqual(
      [verdict(index, 'u', asked), verdict(index, 'u', object(0).replaceAll('*', 'x'))],
      ['none', 'allow'],
    );
  });
}

test('matching a pattern with a thousand stars against a long text ends', () => {
  const index = indexOf([p('u', `${'*a'.repeat(1_000)}b`, '*')]);
  assert.equal(verdict(index, 'u', 'a'.repeat(10_000)), 'none');
  assert.equal(verdict(index, 'u', `${'a'.repeat(10_000)}b`), 'allow');
});
