import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compilePattern, foldCase, matches } from './pattern.ts';

const match = (pattern: string, text: string): boolean => matches(compilePattern(pattern), foldCase(text));

const TABLE: [title: string, pattern: string, text: string, expected: boolean][] = [
  ['a star alone matches everything', '*', 'anything/at:all', true],
  ['a star also matches nothing', 'get*', 'get', true],
  ['a star matches slashes', 'a*z', 'a/b/c/z', true],
  ['without a star the whole text must be equal', 'get', 'getPod', false],
  ['a prefix is not enough', 'a*b', 'a-b-c', false],
  ['prefix and suffix may not overlap', 'aba*aba', 'ababa', false],
  ['parts between stars come in order', '*a*b*', 'xbxa', false],
  ['parts between stars may not overlap', '*aa*aa*', 'aaa', false],
  ['a dot is literal', 'cls.1', 'clsX1', false],
  ['a bar is literal', 'a|b', 'xb', false],
  ['a question mark is literal', 'a?', 'ab', false],
  ['a bracket is literal', 'a[b]', 'ab', false],
  ['letter case does not count', 'GETPod', 'getpOD', true],
  ['letter case does not count beyond ASCII', 'ÄÖ', 'äö', true],
  ['a dotted capital I is not folded', 'İ', 'i̇', false],
  ['the empty pattern matches only the empty text', '', '', true],
  ['the empty pattern matches no other text', '', 'a', false],
  ['a slash before a trailing star must be present', 'd:x/*', 'd:x', false],
];
for (const [title, pattern, text, expected] of TABLE) {
  test(title, () => assert.equal(match(pattern, text), expected));
}

test('agrees with a quoted regular expression on generated patterns and texts', () => {
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
