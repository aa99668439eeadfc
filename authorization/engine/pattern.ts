/**
 * Patterns of policies: `*` matches any run of characters, also none and also `/`; everything else means itself;
 * the whole text must match; letters match regardless of case.
 *
 * Never a regular expression: a pattern costs at most about as many steps as it and the text have characters, whatever
 * its author wrote.
 */
import type { Meter } from './meter.ts';

/** A compiled pattern: the folded texts between its stars. Without a suffix there is no star. */
export interface Pattern {
  readonly source: string;
  readonly prefix: string;
  readonly middle: readonly string[];
  readonly suffix: string | undefined;
}

/** What one line of a policy speaks about: these actions on these objects. */
export interface Statement {
  readonly object: Pattern;
  readonly action: Pattern;
  /** The number of its action (see actions.ts). */
  readonly actionId: number;
}

const NOTHING: readonly string[] = [];
/** What a pattern and each of its parts take, beside the characters that are looked at. */
const STEPS_OF_PATTERN = 4;
const STEPS_OF_PART = 2;

export function compilePattern(source: string): Pattern {
  const [prefix = '', ...rest] = foldCase(source).split('*');
  const suffix = rest.pop();
  // Between two stars side by side there is nothing to look for.
  const middle = rest.filter((part) => part !== '');
  return { source, prefix, middle: middle.length === 0 ? NOTHING : middle, suffix };
}

/** Whether `folded`, a text that went through foldCase, matches as a whole. */
export function matches({ prefix, middle, suffix }: Pattern, folded: string): boolean {
  if (suffix === undefined) return folded === prefix;
  const end = folded.length - suffix.length;
  if (prefix.length > end || !folded.startsWith(prefix) || !folded.endsWith(suffix)) return false;
  let from = prefix.length;
  // Taking the earliest place for each part leaves the most room for the rest, so no choice is ever taken back.
  for (const part of middle) {
    const at = folded.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/** The same, with the most steps that it may take added to `meter`. Apart, since most decisions need no counting. */
export function matchesCounted(pattern: Pattern, folded: string, meter: Meter): boolean {
  const { prefix, middle, suffix } = pattern;
  meter.steps += STEPS_OF_PATTERN + (suffix === undefined ? 0 : prefix.length + suffix.length);
  if (middle !== NOTHING && folded.startsWith(prefix))
    meter.steps += folded.length + STEPS_OF_PART * Math.min(middle.length, folded.length);
  return matches(pattern, folded);
}

/**
 * Folds letter case per character, independent of locale and of neighbours. A character whose lower case is more than
 * one character (`İ`) stays as it is, so that folding never changes how many characters a text has.
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

/** `folded` when there is nothing to fold, as nearly always: then the text need not be copied. */
function alphabetOf(text: string): 'folded' | 'ascii' | 'any' {
  let folded = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return 'any';
    if (code >= 65 && code <= 90) folded = false;
  }
  return folded ? 'folded' : 'ascii';
}
