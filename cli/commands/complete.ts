/**
 * What kubectl asks for when TAB is pressed: it runs `kubectl_complete-steward WORDS...`, which runs this. The last word is
 * the one being typed. Each line is `value<TAB>description`; the last, `:4`, tells the shell not to offer files.
 */
import type { Command } from 'commander';

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const NO_FILES = ':4';
const FILES = ':0';
/** Options whose value is a file. */
const FILE_OPTIONS = ['-f', '--filename', '--kubeconfig', '--rules', '--requests'];

/** The lines for the words after `kubectl steward`. */
export function completions(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = program.commands.find((each) => each.name() === before[0]);
  if (FILE_OPTIONS.includes(before.at(-1) ?? '')) return [FILES];
  const candidates = command === undefined ? commandsOf(program, before) : argumentsOf(command, before, typed);
  return [
    ...candidates.filter(([value]) => value.startsWith(typed)).map(([value, help]) => `${value}\t${help}`),
    NO_FILES,
  ];
}

type Candidate = readonly [value: string, help: string];

function commandsOf(program: Command, before: readonly string[]): Candidate[] {
  if (before.length > 0) return [];
  return program.commands
    .filter((command) => !command.name().startsWith('__'))
    .map((command) => [command.name(), command.summary()]);
}

function argumentsOf(command: Command, before: readonly string[], typed: string): Candidate[] {
  const last = before.at(-1) ?? '';
  if (['-o', '--output'].includes(last))
    return [
      ['json', 'the data as JSON'],
      ['yaml', 'the data as YAML'],
    ];
  if (typed.startsWith('-')) return command.options.map((option) => [option.long ?? option.flags, option.description]);
  if (before.length === 1 && command.registeredArguments.length > 0) return VERBS.map((verb) => [verb, 'verb']);
  return [];
}
