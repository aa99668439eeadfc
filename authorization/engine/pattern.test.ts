import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compilePattern, foldCase, matches } from './pattern.ts';

const match = (pattern: string, text: string): boolean => matches(compilePattern(pattern), foldCase(text));

const TABLE: [says: string, pattern: string, text: string, expected: boolean][] = [
  ['a star alone matches everything', '*', 'anything/at:all', true],
  ['a star matches nothing too', 'get*', 'get', true],
  ['a star matches slashes', 'a*z', 'a/b/c/z', true],
  ['without a star the whole text must be equal', 'get', 'getPod', false],
  ['a prefix is not enough', 'a*b', 'a-b-c', false],
  ['prefix and suffix may not overlap', 'aba*aba', 'ababa', false],
  ['parts between stars come in order', '*a*b*', 'xbxa', false],
  ['parts between stars may not overlap', '*aa*aa*', 'aaa', false],
  ['a dot is a dot', 'cls.1', 'clsX1', false],
  ['a bar is a bar', 'a|b', 'xb', false],
  ['a question mark is itself', 'a?', 'ab', false],
  ['a bracket is itself', 'a[b]', 'ab', false],
  ['letter case does not count', 'GETPod', 'getpOD', true],
  ['letter case does not count beyond ASCII', 'ÄÖ', 'äö', true],
  ['dotted capital I stays itself', 'İ', 'i̇', false],
  ['the empty pattern matches only the empty text', '', '', true],
  ['the empty pattern matches no other text', '', 'a', false],
  ['a trailing segment needs its slash', 'd:x/*', 'd:x', false],
];
for (const [says, pattern, text, expected] of TABLE) {
  test(says, () => assert.equal(match(pattern, text), expected));
}

test('agrees with a quoted regular expression on everything', () => {
  const alphabet = fc.constantFrom('a', 'b', 'A', '*', '.', '|', '/', '(', '\n');
  const word = fc.array(alphabet, { maxLength: 10 }).map((chars) => chars.join(''));
  fc.assert(
    fc.property(word, word, (pattern, text) => {
      const quoted = pattern.replace(/[.|()/]/g, String.raw`\$&`).replaceAll('*', '[^]*');
      assert.equal(match(pattern, text), new RegExp(`^${quoted}$`, 'i').test(text), `${pattern} on ${text}`);
    }),
    { numRuns: 20_000 },
  );
});
