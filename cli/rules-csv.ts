/**
 * Lines of a Casbin policy file: `p, sub, dom, obj, act, eft` and `g, user, role, dom`. Read as Casbin reads them: blank
 * lines and lines that begin with # are passed over, space around a field does not count, and a field may be quoted as
 * RFC 4180 has it, so that a pattern may hold a comma. Anything else is an error: a line that is passed over silently
 * could be a deny.
 */
import { CsvError, type Info, parse } from 'csv-parse/sync';
import { RuleIndex } from '../authorization/engine/rule-index.ts';
import { lineOf, type RuleLine } from '../authorization/rules/line.ts';
import { InputError } from './errors.ts';
import { readTextFile } from './text-file.ts';

const FIELDS = { p: ['sub', 'dom', 'obj', 'act', 'eft'], g: ['user', 'role', 'dom'] } as const;

export interface FileLine {
  readonly line: RuleLine;
  /** Where it stands, from 1. */
  readonly number: number;
}

/** The index of the rules of a file; each is called after its line. Throws InputError. */
export function readRulesCsv(file: string): RuleIndex {
  const index = new RuleIndex();
  for (const { line, number } of parseRulesCsv(readTextFile(file), file))
    index.set(line, { rule: `${file}:${number}`, ownerKind: 'File', ownerName: file });
  return index;
}

/** The lines of `text`, which errors call `file`. Throws InputError, which names the file, the line and the reason. */
export function parseRulesCsv(text: string, file: string): FileLine[] {
  return recordsOf(withPlainLineEnds(text, file), file).map(({ record, info }) => {
    // The parser counts the lines up to the end of a record; of one that spans several lines, the first is meant.
    const number = info.lines - lineBreaksIn(record.join(''));
    return { line: readRecord(record, `${file}:${number}`), number };
  });
}

/**
 * The text with line ends of Unix alone: the parser would count some of Windows twice, and after the first of one kind let
 * a comment reach over those of the other, so that a denial could hide in it. A carriage return that ends no line shows as
 * a line break in some editors and as nothing in others, so it is refused.
 */
function withPlainLineEnds(text: string, file: string): string {
  const plain = text.replaceAll('\r\n', '\n');
  const at = plain.indexOf('\r');
  if (at !== -1)
    throw new InputError(`${file}:${lineBreaksIn(plain.slice(0, at)) + 1}: a carriage return stands within a line`);
  return plain;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: Info;
}

function recordsOf(text: string, file: string): CsvRecord[] {
  try {
    // Without `comment_no_infix` the ## of a subject would begin a comment. `trim` knows no space but that of ASCII.
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

/** The parser's words for what goes wrong most, as its users would say it. */
const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted field does not end',
  INVALID_OPENING_QUOTE: 'a quote stands inside a field that is not quoted as a whole',
  CSV_INVALID_CLOSING_QUOTE:
    'something follows the closing quote of a field (a quote within a quoted field is written twice)',
};

function readRecord(record: readonly string[], at: string): RuleLine {
  const [ptype = '', ...values] = record;
  if (ptype !== 'p' && ptype !== 'g')
    throw new InputError(`${at}: a line begins with p or g, not ${JSON.stringify(ptype)}`);
  const fields = FIELDS[ptype];
  if (values.length !== fields.length) {
    throw new InputError(
      `${at}: a ${ptype} line has ${fields.length} fields after the ${ptype} (${fields.join(', ')}), this one has ${values.length}`,
    );
  }
  const value = (i: number): string => values[i] ?? '';
  const line = lineOf({ ptype, v0: value(0), v1: value(1), v2: value(2), v3: value(3), v4: value(4), v5: '', v6: '' });
  if (line === undefined) throw new InputError(`${at}: ${problemOf(ptype, values)}`);
  return line;
}

/** What must not be empty: an object or an action may be, since an empty pattern matches the empty text. */
const REQUIRED = { p: ['sub'], g: ['user', 'role', 'dom'] } as const;

function problemOf(ptype: 'p' | 'g', values: readonly string[]): string {
  const empty = REQUIRED[ptype].find((_, i) => values[i] === '');
  return empty === undefined
    ? `the effect is ${JSON.stringify(values[4])}; it must be allow or deny`
    : `${empty} is empty`;
}

function lineBreaksIn(text: string): number {
  return text.split('\n').length - 1;
}
