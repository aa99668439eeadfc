/** The algebra against enumeration: whatever it says about patterns must hold for every text, and the other way round. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { gainsAnything, MAX_PATTERN, PATTERN_LETTERS, TEXTS, textsMatching } from './brute-force.ts';
import { gains, losses, type PermissionSet } from './compare.ts';
import { covers, includes } from './inclusion.ts';
import { intersect } from './intersection.ts';

/** FUZZ_DECISIONS as for the engine: `make fuzz` compares that many changes. */
const CHANGES = Number(process.env['FUZZ_DECISIONS'] ?? 20_000);

const patterns: readonly string[] = Array.from({ length: MAX_PATTERN + 1 }, (_, length) => patternsOf(length)).flat();

function patternsOf(length: number): string[] {
  return length === 0 ? [''] : patternsOf(length - 1).flatMap((rest) => PATTERN_LETTERS.map((letter) => rest + letter));
}

const textsOf = (pattern: string): Set<number> => {
  const set = textsMatching(pattern);
  return new Set(TEXTS.keys().filter((at) => ((set[Math.floor(at / 32)] ?? 0) & (1 << (at % 32))) !== 0));
};
const texts = new Map(patterns.map((pattern) => [pattern, textsOf(pattern)]));
const scope = fc.record({ action: fc.constantFrom(...patterns), object: fc.constantFrom(...patterns) });
const permissionSet = fc.record({
  allows: fc.array(scope, { maxLength: 2 }),
  denies: fc.array(scope, { maxLength: 2 }),
});

describe('inclusion', () => {
  test(`of every pair of ${patterns.length} patterns is what enumeration finds`, () => {
    for (const outer of patterns) {
      for (const inner of patterns) {
        const expected = texts.get(inner)?.isSubsetOf(texts.get(outer) ?? new Set()) === true;
        assert.equal(includes(outer, inner), expected, `${inner} in ${outer}`);
      }
    }
  });

  const cases: readonly (readonly [outer: string, inner: string, expected: boolean])[] = [
    ['*', 'get*', true],
    ['get*', '*', false],
    ['GET*', 'getPod', true],
    ['*namespace:*/*', 'cluster:a/namespace:b/pod:*', true],
    ['namespace:a*', 'namespace:*', false],
    ['\ue000*', '*', false],
    ['*\ue000', '\ue000*', false],
  ];
  for (const [outer, inner, expected] of cases) {
    test(`${JSON.stringify(inner)} ${expected ? 'lies' : 'does not lie'} in ${JSON.stringify(outer)}`, () => {
      assert.equal(includes(outer, inner), expected);
    });
  }

  test('a union contains only what one of its members contains', () => {
    const halves = [
      { action: 'a*', object: '*' },
      { action: 'b*', object: '*' },
    ];
    assert.equal(covers(halves, { action: '*', object: '*' }), false);
    assert.equal(covers(halves, { action: 'b*c', object: 'x' }), true);
  });
});

describe('intersection', () => {
  test(`of every pair of ${patterns.length} patterns matches what both match`, () => {
    for (const left of patterns) {
      for (const right of patterns) {
        const found = intersect(left, right);
        assert.ok(found !== 'inexact');
        const union = new Set(found.flatMap((pattern) => [...textsOf(pattern)]));
        const expected = texts.get(left)?.intersection(texts.get(right) ?? new Set()) ?? new Set();
        assert.deepEqual(union, expected, `${left} and ${right}: ${String(found)}`);
      }
    }
  });

  test('of patterns with many pieces is inexact, and takes no long time', () => {
    assert.equal(intersect('*a*b*c*d*e*f*g*h*', '*i*j*k*l*m*n*o*p*'), 'inexact');
  });
});

describe('a change', () => {
  test(`gives something exactly if enumeration finds something new (${CHANGES} random changes)`, () => {
    const isRight = (before: PermissionSet, after: PermissionSet): void => {
      assert.equal(gains(before, after).length > 0, gainsAnything(before, after));
    };
    fc.assert(fc.property(permissionSet, permissionSet, isRight), { numRuns: CHANGES });
  });

  test('names the allow and the part that is new', () => {
    const before = { allows: [{ action: 'get*', object: '*' }], denies: [{ action: '*', object: 'secret:*' }] };
    assert.deepEqual(
      gains(before, { ...before, denies: [] }).map(({ why, part }) => [why, part]),
      [['was-denied', { action: 'get*', object: 'secret:*' }]],
    );
    assert.deepEqual(
      gains(before, { ...before, allows: [{ action: '*', object: 'pod:*' }] }).map(({ why, part }) => [why, part]),
      [['not-held', { action: '*', object: 'pod:*' }]],
    );
    assert.deepEqual(losses(before, before), []);
  });

  test('stays on the safe side when an intersection is too large', () => {
    const allow = { action: 'get', object: '*a*b*c*d*e*f*g*h*' };
    const deny = { action: 'get', object: '*i*j*k*l*m*n*o*p*' };
    const [gain] = gains({ allows: [allow], denies: [deny] }, { allows: [allow], denies: [] });
    assert.equal(gain?.isExact, false);
  });
});
