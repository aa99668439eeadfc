/**
 * Reads a Casbin policy file: lines `p, sub, dom, obj, act, eft` and `g, user, role, dom`. As in Casbin, blank lines
 * and lines that start with # are skipped, space around a field is ignored, and a field that contains a comma can be
 * quoted (RFC 4180). Everything else is an error: a line that is skipped silently could be a deny.
 */
import { CsvError, type Info, parse } from 'csv-parse/sync';
import { RuleIndex } from '../authorization/engine/rule-index.ts';
import { lineOf, type RuleLine } from '../authorization/rules/line.ts';
import { InputError } from './errors.ts';
import { readTextFile } from './text-file.ts';

const FIELDS = { p: ['sub', 'dom', 'obj', 'act', 'eft'], g: ['user', 'role', 'dom'] } as const;

export interface FileLine {
  readonly line: RuleLine;
  /** The number of the line in the file, from 1. */
  readonly number: number;
}

/** The rules of a file; each is named FILE:LINE. Throws InputError. */
export function readRulesCsv(file: string): RuleIndex {
  const index = new RuleIndex();
  for (const { line, number } of parseRulesCsv(readTextFile(file), file))
    index.set(line, { rule: `${file}:${number}`, ownerKind: 'File', ownerName: file });
  return index;
}

/** The rules in `text`. Throws InputError, which names `file`, the line and the reason. */
export function parseRulesCsv(text: string, file: string): FileLine[] {
  return recordsOf(withPlainLineEnds(text, file), file).map(({ record, info }) => {
    // The parser gives the last line of a record; a record with quoted line breaks is reported at its first line.
    const number = info.lines - lineBreaksIn(record.join(''));
    return { line: readRecord(record, `${file}:${number}`), number };
  });
}

/**
 * The text with Unix line ends only. With mixed line ends the parser counts some lines twice, and lets a comment extend
 * over line ends of the other kind, so that a deny could hide in it. A carriage return within a line is refused,
 * because some editors show it as a line break and others do not show it.
 */
function withPlainLineEnds(text: string, file: string): string {
  const plain = text.replaceAll('\r\n', '\n');
  const at = plain.indexOf('\r');
  if (at !== -1)
    throw new InputError(`${file}:${lineBreaksIn(plain.slice(0, at)) + 1}: there is a carriage return within a line`);
  return plain;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

function recordsOf(text: string, file: string): CsvRecord[] {
  try {
    // Without `comment_no_infix`, the ## of a subject would start a comment. `trim` only knows ASCII space, hence
    // `cast`.
    return parse(text, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      info: true,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      cast: (value, { quoting }) => (quoting ? value : value.trim()),
    });
  } catch (error) {
    if (error instanceof CsvError)
      throw new InputError(`${file}:${String(error['lines'])}: ${REASONS[error.code] ?? error.message}`);
    throw error;
  }
}

/** Plain words for the most common errors of the parser. */
const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted field does not end',
  INVALID_OPENING_QUOTE: 'there is a quote inside a field that is not quoted as a whole',
  CSV_INVALID_CLOSING_QUOTE:
    'there is text after the closing quote of a field (to put a quote inside a quoted field, write it twice)',
};

function readRecord(record: readonly string[], at: string): RuleLine {
  const [ptype = '', ...values] = record;
  if (ptype !== 'p' && ptype !== 'g')
    throw new InputError(`${at}: a line must start with p or g, not ${JSON.stringify(ptype)}`);
  const fields = FIELDS[ptype];
  if (values.length !== fields.length) {
    throw new InputError(
      `${at}: a ${ptype} line needs ${fields.length} fields after the ${ptype} (${fields.join(', ')}), but this one has ${values.length}`,
    );
  }
  const value = (i: number): string => values[i] ?? '';
  const line = lineOf({ ptype, v0: value(0), v1: value(1), v2: value(2), v3: value(3), v4: value(4), v5: '', v6: '' });
  if (line === undefined) throw new InputError(`${at}: ${problemOf(ptype, values)}`);
  return line;
}

/** Fields that must not be empty. An object or action may be empty: an empty pattern matches the empty text. */
const REQUIRED = { p: ['sub'], g: ['user', 'role', 'dom'] } as const;

function problemOf(ptype: 'p' | 'g', values: readonly string[]): string {
  const empty = REQUIRED[ptype].find((_, i) => values[i] === '');
  return empty === undefined
    ? `the effect must be allow or deny, not ${JSON.stringify(values[4])}`
    : `${empty} is empty`;
}

function lineBreaksIn(text: string): number {
  return text.split('\n').length - 1;
}
