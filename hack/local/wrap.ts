/** Wraps the text that `make run` prints. Pure. */
import { wrapped } from '../../cli/output/wrap.ts';

/** Fits a terminal of 120 columns, with the indentation of the acts. */
const WIDTH = 107;

/** Breaks a line between words; the parts keep its indentation. A word that is too long gets a line of its own. */
export function wrap(text: string): string[] {
  if (text.length <= WIDTH) return [text];
  return wrapped(/^ */.exec(text)?.[0] ?? '', text.trim(), WIDTH);
}
