/** Breaks text into lines. Pure. */

/**
 * The words of `text` in lines of at most `width` characters. The first line starts with `prefix`, the others are
 * indented by its length. A single word that is longer than a line gets a line of its own.
 */
export function wrapped(prefix: string, text: string, width: number): string[] {
  const indent = ' '.repeat(prefix.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && prefix.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each, i) => (i === 0 ? prefix : indent) + each);
}
