import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, foldCase, matches } from '../engine/pattern.ts';
import { overlap } from './overlap.ts';

const CASES: readonly (readonly [a: string, b: string, expected: boolean])[] = [
  ['getPod', 'getPod', true],
  ['getPod', 'GETPOD', true],
  ['getPod', 'getPods', false],
  ['delete*', 'deletePod', true],
  ['delete*', 'getPod', false],
  ['*namespace:shop-prod/*', '*namespace:*/*', true],
  ['*namespace:shop-prod', '*namespace:*/*', true],
  ['namespace:a/*', 'namespace:b/*', false],
  ['*a', '*b', false],
  ['', '*', true],
  ['', 'a*', false],
];

describe('overlap', () => {
  for (const [a, b, expected] of CASES) {
    test(`of "${a}" and "${b}": ${expected}`, () =>
      assert.deepEqual([overlap(a, b), overlap(b, a)], [expected, expected]));
  }

  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '*'), maxLength: 6 });
  /** Every text of a and b up to this length is tried. */
  const LONGEST = 8;
  const texts = [''];
  for (const text of texts) if (text.length < LONGEST) texts.push(`${text}a`, `${text}b`);

  test('is true exactly if some text matches both patterns', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const [left, right] = [compilePattern(a), compilePattern(b)];
        const common = texts.find((text) => matches(left, foldCase(text)) && matches(right, foldCase(text)));
        // The shortest common text has at most as many characters as both patterns have letters.
        const letters = (a + b).replaceAll('*', '').length;
        fc.pre(letters <= LONGEST);
        assert.equal(overlap(a, b), common !== undefined);
      }),
    );
  });
});
