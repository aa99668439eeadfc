/**
 * Patterns of policies: `*` matches any run of characters, including none and `/`; everything else is literal; the
 * whole text must match; letter case does not count.
 *
 * Patterns are never compiled to regular expressions. Matching takes about as many steps as the pattern and the text
 * have characters, whatever the author wrote.
 */
import type { Meter } from './meter.ts';

/** A compiled pattern: the texts between its stars, in folded letter case. Without a star there is no suffix. */
export interface Pattern {
  readonly source: string;
  readonly prefix: string;
  readonly middle: readonly string[];
  readonly suffix: string | undefined;
}

/** What one line of a policy covers: these actions on these objects. */
export interface Statement {
  readonly object: Pattern;
  readonly action: Pattern;
  /** The number of its action (see actions.ts). */
  readonly actionId: number;
}

const NOTHING: readonly string[] = [];
/** The cost of a pattern and of each of its parts, apart from the characters compared. */
const STEPS_OF_PATTERN = 4;
const STEPS_OF_PART = 2;

/** Compiles the text of a pattern. Every text is a valid pattern. */
export function compilePattern(source: string): Pattern {
  const [prefix = '', ...rest] = foldCase(source).split('*');
  const suffix = rest.pop();
  // Adjacent stars have nothing between them to search for.
  const middle = rest.filter((part) => part !== '');
  return { source, prefix, middle: middle.length === 0 ? NOTHING : middle, suffix };
}

/** Whether the whole of `folded`, a text in folded letter case, matches. */
export function matches({ prefix, middle, suffix }: Pattern, folded: string): boolean {
  if (suffix === undefined) return folded === prefix;
  const end = folded.length - suffix.length;
  if (prefix.length > end || !folded.startsWith(prefix) || !folded.endsWith(suffix)) return false;
  let from = prefix.length;
  // The earliest place for each part leaves the most room for the rest, so no backtracking is needed.
  for (const part of middle) {
    const at = folded.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * Like matches(), and adds an upper bound of the steps to `meter`. A separate function, because most decisions do not
 * count.
 */
export function matchesCounted(pattern: Pattern, folded: string, meter: Meter): boolean {
  const { prefix, middle, suffix } = pattern;
  meter.steps += STEPS_OF_PATTERN + (suffix === undefined ? 0 : prefix.length + suffix.length);
  if (middle !== NOTHING && folded.startsWith(prefix))
    meter.steps += folded.length + STEPS_OF_PART * Math.min(middle.length, folded.length);
  return matches(pattern, folded);
}

/**
 * Folds letter case per character, independent of locale and context. A character whose lower case has several
 * characters (`İ`) stays as it is, so that folding never changes the length of a text.
 */
export function foldCase(text: string): string {
  const alphabet = alphabetOf(text);
  if (alphabet === 'folded') return text;
  return alphabet === 'ascii' ? text.toLowerCase() : Array.from(text, foldCharacter).join('');
}

function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}

/** `folded` when there is nothing to fold. That is the usual case, and the text need not be copied then. */
function alphabetOf(text: string): 'folded' | 'ascii' | 'any' {
  let folded = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return 'any';
    if (code >= 65 && code <= 90) folded = false;
  }
  return folded ? 'folded' : 'ascii';
}
