/**
 * Hostile rule files and request files. Whatever the bytes are, reading a file either returns all of its lines or
 * throws an InputError that names the file and a line. No line may be lost, because it could be a deny: for texts
 * without quotes, a simple reader of a few lines in this file says which lines are expected.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { InputError } from '../../cli/errors.ts';
import { readRequestsJsonl } from '../../cli/requests-jsonl.ts';
import { parseRulesCsv, readRulesCsv } from '../../cli/rules-csv.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'steward-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a file of these bytes with `read`. Returns undefined for a refusal, after checking its form. */
function readBytes<T>(bytes: Uint8Array, read: (file: string) => T): T | undefined {
  const file = path.join(folder, 'input');
  writeFileSync(file, bytes);
  return orRefused(() => read(file), file, Buffer.from(bytes).toString('latin1').split('\n').length);
}

function orRefused<T>(read: () => T, file: string, lines: number): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    const number = Number(/^(\d+): ./s.exec(error.message.slice(file.length + 1))?.[1]);
    assert.ok(error.message.startsWith(`${file}:`) && number >= 1 && number <= lines, error.message);
    return undefined;
  }
}

const chars = [
  'p',
  'g',
  ',',
  '#',
  '"',
  '*',
  ' ',
  '\t',
  '\r',
  '\n',
  'p, a, *, o, get, allow',
  'p, a, *, o, get, deny',
  'g, a, b, *',
  '\r\n',
  '# c',
  '##',
  '\uFEFF',
  '\u0000',
  '\u2028',
  '\u00a0',
  '\u0085',
  '\v',
  '\f',
  "'",
  '\\',
];
const text = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...chars) }, fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));
/** Valid lines with one character inserted somewhere, and all kinds of line ends. */
const nearlyFine = fc
  .array(
    fc.tuple(
      fc.constantFrom('p, a, *, o, get, allow', 'p, a, *, o, get, deny', 'g, a##user##b, c, *', '# p, a', ''),
      fc.nat(24),
      fc.option(fc.constantFrom(...chars.filter((each) => each.length === 1)), { nil: '', freq: 2 }),
      fc.constantFrom('\n', '\r\n', '\n', '\r\n', '\r', '\u2028'),
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.map(([line, at, char, end]) => line.slice(0, at) + char + line.slice(at) + end).join(''));

describe('rule files', () => {
  test('any bytes give lines or a refusal', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(text, fc.uint8Array({ maxLength: 3 }), text)
        .map(([a, b, c]) => Buffer.concat([Buffer.from(a), b, Buffer.from(c)])),
    );
    fc.assert(
      fc.property(bytes, (content) => void readBytes(content, readRulesCsv)),
      { numRuns: 2_000 },
    );
  });
  test('a file without quotes is refused, or every line except comments is read', () => {
    fc.assert(
      fc.property(
        fc.oneof(text, nearlyFine).map((all) => all.replaceAll('"', '')),
        (content) => {
          const read = orRefused(() => parseRulesCsv(content, 'r.csv'), 'r.csv', content.split('\n').length);
          if (read !== undefined) assert.deepEqual(read, linesIn(content));
        },
      ),
      { numRuns: 5_000 },
    );
  });
  test('a file of valid lines is accepted, in any order', () => {
    const line = fc.constantFrom(
      'p, a, *, o, get, allow',
      ' p,a,*,o,get,deny ',
      'g, a##user##b, c, *',
      '# p, a',
      '',
      ' \t',
      '## "',
      'g,\u00a0ä, ü\u2028ü, 用户',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))), (all) => {
        const content = all.flat().join('');
        assert.deepEqual(parseRulesCsv(content, 'r.csv'), linesIn(content));
      }),
    );
  });

  /** Returns the lines of a text without quotes. */
  function linesIn(content: string): { line: RuleLine; number: number }[] {
    const rows = content
      .replace(/^\uFEFF/, '')
      .split('\n')
      .map((row, i) => ({ row: row.trim(), number: i + 1 }));
    return rows
      .filter(({ row }) => row !== '' && !row.startsWith('#'))
      .map(({ row, number }) => ({ line: lineIn(row), number }));
  }

  function lineIn(row: string): RuleLine {
    const [ptype, v0 = '', v1 = '', v2 = '', action = '', effect = ''] = row.split(',').map((field) => field.trim());
    if (ptype === 'g') return { ptype, member: v0, of: v1, domain: v2 };
    return { ptype: 'p', policy: v0, domain: v1, object: v2, action, effect: effect === 'deny' ? 'deny' : 'allow' };
  }

  const REFUSED: Record<string, { bytes: string | Buffer; message: string }> = {
    'a byte that is not UTF-8': {
      bytes: Buffer.concat([
        Buffer.from('g, a, b, *\np, '),
        Buffer.from('j\xfcrgen', 'latin1'),
        Buffer.from(', *, o, get, deny\n'),
      ]),
      message: '2: not UTF-8',
    },
    'UTF-16': { bytes: Buffer.from('\uFEFFg, a, b, *\n', 'utf16le'), message: '1: not UTF-8' },
    'a carriage return within a comment': {
      bytes: 'g, a, b, *\n# c\rp, a, *, o, get, deny\n',
      message: '2: there is a carriage return within a line',
    },
    'an open quote that swallows the rest of the file': {
      bytes: `p, a, *, "o, get, allow\n${'p, a, *, o, get, deny\n'.repeat(10_000)}`,
      message: '10001: a quoted field does not end',
    },
    'a line of a hundred thousand fields': {
      bytes: `p${','.repeat(100_000)}`,
      message: '1: a p line needs 5 fields after the p (sub, dom, obj, act, eft), but this one has 100000',
    },
  };
  for (const [name, { bytes, message }] of Object.entries(REFUSED)) {
    test(`refuses ${name}`, () => {
      const file = path.join(folder, 'refused');
      writeFileSync(file, bytes);
      assert.throws(() => readRulesCsv(file), { code: 'E_INPUT', message: `${file}:${message}` });
    });
  }
  test('a deny after a comment line that ends with CRLF is read', () => {
    const read = parseRulesCsv('g, a, b, *\r\n# c\np, a, *, o, get, deny\r\n', 'r.csv');
    assert.deepEqual(
      read.map(({ number }) => number),
      [1, 3],
    );
  });
});

describe('request files', () => {
  const request = fc.record({
    sub: fc.string({ unit: 'binary' }),
    dom: fc.string(),
    obj: fc.string({ unit: 'binary' }),
    act: fc.string(),
  });
  const line = fc.oneof(
    request.map((asked) => JSON.stringify(asked)),
    fc.json({ maxDepth: 3 }).map((json) => json.replaceAll('\n', '')),
    fc.constantFrom('', ' ', '{"sub":"a"', '\u0000', '{"__proto__":{"sub":"a"},"dom":"","obj":"","act":""}'),
  );

  test('any bytes give requests or a refusal', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .tuple(line, fc.uint8Array({ maxLength: 2 }), line)
        .map(([a, b, c]) => Buffer.concat([Buffer.from(a), b, Buffer.from(c)])),
    );
    fc.assert(
      fc.property(bytes, (content) => void readBytes(content, readRequestsJsonl)),
      { numRuns: 2_000 },
    );
  });
  test('a file is refused, or every line gives a request, in order', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const read = readBytes(Buffer.from(lines.join('\n')), readRequestsJsonl);
        if (read === undefined) return;
        const asked = lines
          .filter((each) => each.trim() !== '')
          .map((each) => JSON.parse(each) as { sub: string; dom: string; obj: string; act: string });
        assert.deepEqual(
          read,
          asked.map(({ sub, dom, obj, act }) => ({ subjects: [sub], domain: dom, object: obj, action: act })),
        );
      }),
      { numRuns: 1_000 },
    );
  });
  test('deeply nested JSON is refused', () => {
    assert.equal(readBytes(Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), readRequestsJsonl), undefined);
  });
});
