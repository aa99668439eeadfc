/** Measures the engine: `node --expose-gc bench/steward.ts RULES.csv REQUESTS.jsonl SECONDS`. */
import { readFileSync } from 'node:fs';
import { decide, type Request } from '../authorization/engine/decide.ts';
import { RuleIndex } from '../authorization/engine/rule-index.ts';
import { parseRulesCsv } from '../cli/rules-csv.ts';
import { measure, readRequests } from './measure.ts';

const [rulesFile = '', requestsFile = '', seconds = '1'] = process.argv.slice(2);
const lines = parseRulesCsv(readFileSync(rulesFile, 'utf8'), rulesFile);
const index = new RuleIndex();

await measure(
  {
    engine: 'steward',
    version: '0.1.0',
    hasCache: true,
    load: () => {
      for (const { line, number } of lines) {
        const owner = line.ptype === 'g' ? line.of : line.policy;
        index.set(line, { rule: `rul-${number}`, ownerKind: 'Policy', ownerName: owner });
      }
      return Promise.resolve();
    },
    prepare: ({ sub, dom, obj, act }): Request => ({ subjects: [sub], domain: dom, object: obj, action: act }),
    ask: (request) => void decide(index, request, 0),
    change: ({ sub }, nth) => {
      index.set(
        { ptype: 'g', member: sub, of: `pol-0-${nth % 50}`, domain: '*' },
        { rule: `new-${nth}`, ownerKind: 'Grant', ownerName: 'gnt-new' },
      );
      return Promise.resolve();
    },
  },
  readRequests(requestsFile),
  Number(seconds),
);
