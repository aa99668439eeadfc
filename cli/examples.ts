/** The examples at the end of a command's help. Pure. */
import type { Command } from 'commander';

/** Adds example command lines, printed as they are. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n'));
}
