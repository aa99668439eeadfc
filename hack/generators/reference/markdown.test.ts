import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anchorOf, code, prose, sortedBy, table } from './markdown.ts';

describe('Markdown', () => {
  test('a cell ends neither at a bar nor at a line break', () =>
    assert.equal(table(['A', 'B'], [['a|b', 'c\n  d']]), '| A | B |\n| --- | --- |\n| a\\|b | c<br>d |'));
  test('a table without rows is empty', () => assert.equal(table(['A'], []), ''));
  test('text starts no emphasis, tag, link or code', () =>
    assert.equal(prose('*a* <b> [c](d) `e`'), String.raw`\*a\* \<b> \[c](d) \`e\``));
  test('code that holds a backtick gets a longer fence', () => assert.equal(code('a`b'), '`` a`b ``'));
  for (const [heading, anchor] of [
    ['auth.tkestack.io/v1', 'authtkestackiov1'],
    ['What `make run` does', 'what-make-run-does'],
    ['Policy, Role and Grant', 'policy-role-and-grant'],
    ['spec_a - b', 'spec_a---b'],
  ] as const)
    test(`the anchor of "${heading}" is ${anchor}`, () => assert.equal(anchorOf(heading), anchor));
  test('the order does not depend on the locale', () =>
    assert.deepEqual(
      sortedBy(['b', 'ä', 'B', 'a'], (each) => each),
      ['B', 'a', 'b', 'ä'],
    ));
});
