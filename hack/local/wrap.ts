/** Wraps the text that `make run` prints. */

/** Fits a terminal of 120 columns, with the indentation of the acts. */
const WIDTH = 107;

/** Breaks a line between words. A word that is too long gets a line of its own. */
export function wrap(text: string): string[] {
  if (text.length <= WIDTH) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
