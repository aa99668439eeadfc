#!/usr/bin/env node
/** `kubectl steward`: parses the command line, runs the command and turns its outcome into an exit code. */
import { CommanderError } from 'commander';
import { completions } from './completions.ts';
import { isInputError } from './errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { buildProgram } from './program.ts';

// A reader that stops early, such as head, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const program = buildProgram();
const [first, ...words] = process.argv.slice(2);
// Not a command of the program: commander would take options among the words for its own.
if (first === '__complete') console.log(completions(program, words).join('\n'));
else await run();

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error).code;
  }
}

function report(error: unknown): (typeof EXIT_CODES)[keyof typeof EXIT_CODES] {
  // Commander has printed its errors already. It also throws after --help and --version, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.INPUT;
  if (isInputError(error)) {
    console.error(`error: ${error.message}`);
    return EXIT_CODES.INPUT;
  }
  // A stack trace helps to report a bug of the plugin, but not a failure of the hub.
  console.error(isApiError(error) ? `error: the hub failed: ${error.message}` : error);
  return EXIT_CODES.FAULT;
}

/** Compares the code as isInputError does. The class itself would load the Kubernetes client. */
function isApiError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'E_API';
}
