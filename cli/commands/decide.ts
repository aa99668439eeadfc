/** `decide`: decides requests from a file by the rules of a Casbin policy file. */
import type { Command } from 'commander';

interface Options {
  readonly rules: string;
  readonly requests: string;
  readonly explain?: boolean;
}

/** Printed in pieces of about this many characters: a million decisions do not fit into one string. */
const PIECE = 1_000_000;

export function addDecide(program: Command): void {
  program
    .command('decide')
    .summary('decide requests by the rules of a Casbin policy file')
    .description(
      `Decides each request in a file by the rules of a Casbin policy file. Needs no cluster.

Rules are CSV lines as Casbin reads them: "p, sub, dom, obj, act, eft" and "g, user, role, dom". Quote a field that contains a comma.

Requests are JSON objects {"sub","dom","obj","act"}, one per line. The output has one JSON object per request, in the same order, whose "decision" is allow, deny or none.

If a line cannot be read, nothing is decided: the exit code is 2 and the error names the file and the line.`,
    )
    .requiredOption('--rules <file>', 'the rules, as CSV')
    .requiredOption('--requests <file>', 'the requests, as JSON lines')
    .option('--explain', 'add the chains that decided, or what came nearest')
    .action(decideRequests);
}

async function decideRequests(options: Options): Promise<void> {
  const { decide } = await import('../../authorization/engine/decide.ts');
  const { explain } = await import('../../authorization/engine/explain.ts');
  const { readRequestsJsonl } = await import('../requests-jsonl.ts');
  const { readRulesCsv } = await import('../rules-csv.ts');
  const index = readRulesCsv(options.rules);
  const requests = readRequestsJsonl(options.requests);
  const nowMs = Date.now();
  let piece = '';
  for (const request of requests) {
    const { verdict, ...why } =
      options.explain === true ? explain(index, request, nowMs) : { verdict: decide(index, request, nowMs).verdict };
    piece += `${JSON.stringify({ decision: verdict, ...why })}\n`;
    if (piece.length > PIECE) {
      process.stdout.write(piece);
      piece = '';
    }
  }
  process.stdout.write(piece);
}
