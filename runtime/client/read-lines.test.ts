import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { readLines } from './read-lines.ts';

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const source = async function* (): AsyncGenerator<Buffer> {
    yield* chunks;
  };
  const lines: string[] = [];
  for await (const line of readLines(source())) lines.push(line);
  return lines;
}

/** The bytes cut at the given places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

test('lines do not depend on where the stream is split, even inside a character', async () => {
  const line = fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.replaceAll('\n', '|'));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, places) => {
      const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(''));
      assert.deepEqual(await linesOf(cutAt(bytes, places)), lines);
    }),
  );
});

test('a last line without a newline is dropped', async () => {
  assert.deepEqual(await linesOf([Buffer.from('whole\nha'), Buffer.from('lf')]), ['whole']);
});

test('empty lines are skipped', async () => {
  assert.deepEqual(await linesOf([Buffer.from('\na\n\n\nb\n')]), ['a', 'b']);
});
