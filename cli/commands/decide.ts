/** `decide`: a Casbin policy file and a file of requests in, one decision per line out. */
import type { Command } from 'commander';

export interface Options {
  readonly rules: string;
  readonly requests: string;
  readonly explain?: boolean;
}

export function addDecide(program: Command): void {
  program
    .command('decide')
    .summary('decide requests by the rules of a Casbin policy file')
    .description(`Decides each request of a file by the rules of a Casbin policy file, without any cluster.

Rules are CSV lines as Casbin reads them: "p, sub, dom, obj, act, eft" and "g, user, role, dom"; a field with a comma is quoted.
Requests are JSON objects {"sub","dom","obj","act"}, one per line. Out comes one JSON object per line, in their order, whose
"decision" is allow, deny or none. A line that can't be read ends it with exit code 2, before any decision is printed.`)
    .requiredOption('--rules <file>', 'the rules, CSV')
    .requiredOption('--requests <file>', 'the requests, JSON lines')
    .option('--explain', 'add the chains that decided, or what came nearest')
    .action(async (options: Options) => {
      const { decideFile } = await import('../run/decide.ts');
      await decideFile(options);
    });
}
