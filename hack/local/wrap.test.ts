import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap } from './wrap.ts';

test('a line that fits stays as it is', () => {
  for (const line of ['', '  two   words', 'x'.repeat(107)]) assert.deepEqual(wrap(line), [line]);
});

test('a long line is broken between words, and its parts keep the indentation', () => {
  const words = Array.from({ length: 30 }, (_, i) => `word-${i}`);
  const lines = wrap(`    ${words.join(' ')}`);
  assert.ok(lines.length > 1);
  for (const line of lines) assert.ok(line.length <= 107 && /^ {4}\S/.test(line), line);
  assert.equal(lines.map((line) => line.trim()).join(' '), words.join(' '));
});

test('a word that is too long gets a line of its own', () => {
  const long = 'x'.repeat(200);
  assert.deepEqual(wrap(`a ${long} b`), ['a', long, 'b']);
});
