/**
 * Patterns of policies: `*` matches any run of characters, also none and also `/`; everything else means itself;
 * the whole text must match; letters match regardless of case.
 *
 * Never a regular expression: a pattern costs at most (pattern × text) steps, whatever its author wrote.
 */

/** A compiled pattern: the folded texts between its stars. Without a suffix there is no star. */
export interface Pattern {
  readonly prefix: string;
  readonly middle: readonly string[];
  readonly suffix?: string;
}

export function compilePattern(source: string): Pattern {
  const [prefix = '', ...rest] = foldCase(source).split('*');
  const suffix = rest.pop();
  return suffix === undefined ? { prefix, middle: [] } : { prefix, middle: rest, suffix };
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

/**
 * Folds letter case per character, independent of locale and of neighbours. A character whose lower case is more than
 * one character (`İ`) stays as it is, so that folding never changes how many characters a text has.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) {
    const lower = character.toLowerCase();
    folded += lower.length === character.length ? lower : character;
  }
  return folded;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
