/** Wraps the text that `make run` prints. Pure. */

/** Fits a terminal of 120 columns, with the indentation of the acts. */
const WIDTH = 107;

/** Breaks a line between words; the parts keep its indentation. A word that is too long gets a line of its own. */
export function wrap(text: string): string[] {
  if (text.length <= WIDTH) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.trim().split(' ')) {
    const longer = line === '' ? indent + word : `${line} ${word}`;
    if (line !== '' && longer.length > WIDTH) lines.push(line);
    line = line !== '' && longer.length > WIDTH ? indent + word : longer;
  }
  return [...lines, line];
}
