#!/usr/bin/env node
/**
 * `kubectl steward`. Each command loads what it needs when it runs, so that --help takes no time.
 * Exit codes: 0 done (can-i: yes), 1 can-i: no, 2 wrong input or no access, 3 a fault of this program.
 */
import { Command, CommanderError } from 'commander';
import { addCanI } from './commands/can-i.ts';
import { addClusters } from './commands/clusters.ts';
import { completions } from './commands/complete.ts';
import { addDecide } from './commands/decide.ts';
import { addExplain } from './commands/explain.ts';
import { addWhatCan } from './commands/what-can.ts';
import { addWhoCan } from './commands/who-can.ts';
import { isInputError } from './errors.ts';

const VERSION = '0.1.0';

const program = new Command('kubectl steward')
  .description(
    'Asks who may do what, and why: of a hub cluster, or of manifests before they are applied. Makes and changes clusters.',
  )
  .version(VERSION)
  .configureHelp({ helpWidth: 120 })
  .addHelpText('after', '\nExit codes: 0 done (can-i: yes), 1 can-i: no, 2 wrong input or no access.');
for (const add of [addCanI, addExplain, addWhoCan, addWhatCan, addDecide, addClusters]) add(program);
for (const command of [program, ...program.commands])
  command.exitOverride().showHelpAfterError('(add --help to see how it is used)');
// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const [first, ...words] = process.argv.slice(2);
// Not a command, so that no option of the words is taken for one of its own.
if (first === '__complete') console.log(completions(program, words).join('\n'));
else await run();

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has printed it already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (isInputError(error)) {
    console.error(`error: ${error.message}`);
    return 2;
  }
  console.error(error);
  return 3;
}
