/**
 * Completion for TAB: kubectl runs `kubectl_complete-steward WORDS...`, which runs `kubectl-steward __complete
 * WORDS...`. The last word is the one being typed. Each line printed is `value<TAB>description`; the last line, `:4`,
 * tells the shell not to offer files.
 */
import type { Command, Option } from 'commander';

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const NO_FILES = ':4';
const FILES = ':0';
/** Options whose value is a file. */
const FILE_OPTIONS = ['-f', '--filename', '--kubeconfig', '--rules', '--requests'];

type Candidate = readonly [value: string, description: string];

/** The lines for the words after `kubectl steward`. */
export function completions(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (FILE_OPTIONS.includes(before.at(-1) ?? '')) return [FILES];
  const command = program.commands.find((each) => each.name() === before[0]);
  const candidates = command === undefined ? commandsOf(program, before) : wordsFor(command, before, typed);
  return [
    ...candidates
      .filter(([value]) => value.startsWith(typed))
      .map(([value, description]) => `${value}\t${description}`),
    NO_FILES,
  ];
}

function commandsOf(program: Command, before: readonly string[]): Candidate[] {
  if (before.length > 0) return [];
  return program.commands.map((command) => [command.name(), command.summary()]);
}

function wordsFor(command: Command, before: readonly string[], typed: string): Candidate[] {
  const choices = optionNamed(command, before.at(-1) ?? '')?.argChoices;
  if (choices !== undefined) return choices.map((choice) => [choice, 'format']);
  if (typed.startsWith('-'))
    return command.options.filter(({ hidden }) => !hidden).map((option) => [nameOf(option), option.description]);
  const asksForVerb = before.length === 1 && command.registeredArguments[0]?.name() === 'verb|action';
  return asksForVerb ? VERBS.map((verb) => [verb, 'verb']) : [];
}

function optionNamed(command: Command, word: string): Option | undefined {
  return command.options.find(({ short, long }) => short === word || long === word);
}

function nameOf({ long, flags }: Option): string {
  return long ?? flags;
}
