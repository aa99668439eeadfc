/** The flags that the processes declare → their page. */
import type { ProductProcess } from '../../../processes/processes.ts';
import { commonFlags, type FlagSpec, type FlagSpecs } from '../../../runtime/process/flags.ts';
import { code, contents, page, prose, sortedBy, table } from './markdown.ts';

const COMMON = 'Every process';
const ELECTION = 'Every controller';

export function flagsPage(processes: readonly ProductProcess[]): string {
  const sorted = sortedBy(processes, ({ access }) => access.name);
  const common = commonFlags(false);
  const election = Object.entries(commonFlags(true)).filter(([name]) => !(name in common));
  return page(
    'Flags',
    'Every process prints its flags with `--help`. To switch a boolean flag off, write `--no-FLAG`. After wrong usage a process exits with code 2.',
    contents([COMMON, ELECTION, ...sorted.map(({ access }) => access.name)]),
    `## ${COMMON}`,
    flagTable(common),
    `## ${ELECTION}`,
    'Processes with leader election also have:',
    flagTable(Object.fromEntries(election)),
    ...sorted.flatMap(processBlocks),
  );
}

function processBlocks({ main, access: { name, leaderElection }, flags = {} }: ProductProcess): readonly string[] {
  const start = `Started with \`node ${main}\`, ${leaderElection ? 'with' : 'without'} leader election.`;
  return [
    `## ${name}`,
    Object.keys(flags).length === 0 ? `${start} It has no flags of its own.` : `${start} Its own flags:`,
    flagTable(flags),
  ];
}

function flagTable(flags: FlagSpecs): string {
  return table(
    ['Flag', 'Default', 'Description'],
    sortedBy(Object.entries(flags), ([name]) => name).map(([name, flag]) => [
      code(`--${name}${flag.type === 'string' ? `=${flag.value ?? 'VALUE'}` : ''}`),
      defaultOf(flag),
      prose(flag.help),
    ]),
  );
}

function defaultOf({ default: value, required }: FlagSpec): string {
  if (required === true) return 'required';
  return value === undefined || value === '' ? '' : code(String(value));
}
