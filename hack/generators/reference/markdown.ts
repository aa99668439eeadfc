/** The pieces of Markdown that the reference is written with. Pure. */

/** A page starts with a comment that stops people from editing it; `generated.ts` adds that. */
export function page(title: string, ...blocks: readonly string[]): string {
  return `${[`# ${title}`, ...blocks.filter((block) => block !== '')].join('\n\n')}\n`;
}

/** A table whose cells are escaped. Empty rows give an empty text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Links to the headings of the same page, one a line. */
export function contents(headings: readonly string[]): string {
  return headings.map((heading) => `- [${heading}](#${anchorOf(heading)})`).join('\n');
}

/** Inline code. Text that holds a backtick gets a longer fence, as CommonMark asks for. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Plain text, in which no character starts an emphasis, a tag or a link. */
export function prose(text: string): string {
  return text.replaceAll(/[*<[`]/g, (mark) => `\\${mark}`);
}

/** Codes, separated by commas; a dash when there are none. */
export function codes(texts: readonly string[]): string {
  return texts.length === 0 ? '–' : texts.map(code).join(', ');
}

/** The anchor that GitHub gives to a heading: lower case, spaces as hyphens, no punctuation. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** A cell holds no line break, and no bar that would end it. GitHub reads `\|` as a bar, inside of code too. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, '<br>');
}

/** Sorts without regard to the locale of the machine, so that the output is the same everywhere. */
export function sortedBy<T>(items: Iterable<T>, key: (item: T) => string): readonly T[] {
  return [...items].sort((left, right) => {
    const [a, b] = [key(left), key(right)];
    return a < b ? -1 : Number(a > b);
  });
}
