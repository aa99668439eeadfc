/** Colours for decisions, on a terminal that shows colours. */
import { styleText } from 'node:util';

const COLOURS = { allow: 'green', deny: 'red', none: 'yellow' } as const;

/** The text in the colour of the decision. */
export function coloured(decision: keyof typeof COLOURS, text: string): string {
  return styleText(COLOURS[decision], text);
}
