import assert from 'node:assert/strict';
import test from 'node:test';
import { firstNames, shortened } from './message.ts';

test('a message names five objects and counts the others', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  assert.equal(firstNames(names), 'a, b, c, d, e and 2 more');
  assert.equal(firstNames(names.slice(0, 5)), 'a, b, c, d, e');
});

test('a message has 1,000 characters at most', () => {
  assert.equal(shortened('x'.repeat(1_000)), 'x'.repeat(1_000));
  assert.equal(shortened('x'.repeat(1_001)), `${'x'.repeat(999)}…`);
});
