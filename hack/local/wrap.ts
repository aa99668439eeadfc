/** For what `make run` prints. */
const WIDTH = 110;

/** Lines of a width that a terminal has, broken between words. A line that fits stays as it is. */
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
