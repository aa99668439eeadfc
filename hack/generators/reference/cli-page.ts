/** The commands of `kubectl steward` → their page. Pure. */
import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import type { ExitCodeDoc } from '../../../cli/exit-codes.ts';
import { code, contents, page, prose, sortedBy, table } from './markdown.ts';

const EXIT_CODES = 'Exit codes';

export function cliPage(program: Command, exitCodes: Readonly<Record<string, ExitCodeDoc>>): string {
  const commands = sortedBy(program.commands, (command) => command.name());
  return page(
    program.name(),
    program.description(),
    'The [guide](../kubectl-steward.md) shows how to use it. Every command also has `--help`.',
    contents([EXIT_CODES, ...commands.map((command) => command.name())]),
    `## ${EXIT_CODES}`,
    'Errors are written to standard error, results to standard output.',
    table(
      ['Exit code', 'Name', 'Meaning'],
      Object.entries(exitCodes).map(([name, each]) => [String(each.code), code(name), prose(each.meaning)]),
    ),
    ...commands.flatMap((command) => commandBlocks(program.name(), command)),
  );
}

function commandBlocks(program: string, command: Command): readonly string[] {
  return [
    `## ${command.name()}`,
    `    ${program} ${command.name()} ${command.usage()}`,
    prose(command.description()),
    examplesOf(command),
    table(['Argument', 'Description'], command.registeredArguments.map(argumentRow)),
    table(
      ['Flag', 'Default', 'Description'],
      sortedBy(
        command.options.filter(({ hidden }) => !hidden),
        (option) => option.attributeName(),
      ).map(optionRow),
    ),
  ];
}

/** The text that a command adds to its help, as commander prints it: a title, and indented lines. */
function examplesOf(command: Command): string {
  const written: string[] = [];
  // A Command is an EventEmitter, which commander's types leave out.
  (command as unknown as EventEmitter).emit('afterHelp', {
    error: false,
    command,
    write: (text: string) => void written.push(text),
  });
  return written
    .join('')
    .trim()
    .split('\n')
    .map((line) => (line.startsWith(' ') ? `    ${line.trimStart()}` : `${line}\n`))
    .join('\n')
    .trimEnd();
}

function argumentRow(argument: Argument): readonly string[] {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
  return [code(name), prose(argument.description)];
}

function optionRow(option: Option): readonly string[] {
  const fallback: unknown = option.defaultValue;
  return [
    code(option.flags),
    option.mandatory
      ? 'required'
      : fallback === undefined
        ? ''
        : code(typeof fallback === 'string' ? fallback : JSON.stringify(fallback)),
    prose(option.description),
  ];
}
