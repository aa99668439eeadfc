/** Decides the requests of a file by the rules of another. */
import { decide } from '../../authorization/engine/decide.ts';
import { explain } from '../../authorization/engine/explain.ts';
import type { Options } from '../commands/decide.ts';
import { readRequestsJsonl } from '../requests-jsonl.ts';
import { readRulesCsv } from '../rules-csv.ts';

export async function decideFile(options: Options): Promise<void> {
  const index = readRulesCsv(options.rules);
  const requests = readRequestsJsonl(options.requests);
  const nowMs = Date.now();
  let out = '';
  for (const request of requests) {
    const { verdict, ...why } =
      options.explain === true ? explain(index, request, nowMs) : { verdict: decide(index, request, nowMs).verdict };
    out += `${JSON.stringify({ decision: verdict, ...why })}\n`;
    // In pieces: a million decisions are too long for one string.
    if (out.length > 1_000_000) {
      process.stdout.write(out);
      out = '';
    }
  }
  process.stdout.write(out);
}
