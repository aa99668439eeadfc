/**
 * `make bench`: compares the engine with its peers, each in a process of its own, on the same rules and requests;
 * compares the authorizer with the same server giving a constant answer; and measures its start on a hub with many
 * Rules. Prints tables with ratios, which docs/performance.md explains.
 *
 *   --sizes 1000,10000,100000,1000000   numbers of rules; peers stop at 100,000
 *   --seconds 5                         CPU time per engine and size
 *   --smoke                             a few seconds in total, to check that the benchmarks still work
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/output/table.ts';
import { authorizerFigures, authorizerTable } from './authorizer.ts';
import { writeDataset } from './data-files.ts';
import { engineTable, type Row } from './engine-table.ts';
import { checkAgreement, ENGINES, prepareEngines } from './engines.ts';
import { startUpFigures, startUpTable } from './start-up.ts';

const REQUESTS = 10_000;
const PEER_RULES_AT_MOST = 100_000;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000,1000000' },
    seconds: { type: 'string', default: '5' },
    smoke: { type: 'boolean', default: false },
  },
});
const sizes = values.smoke ? [1_000] : values.sizes.split(',').map(Number);
const seconds = values.smoke ? 0.2 : Number(values.seconds);

const folder = mkdtempSync(path.join(tmpdir(), 'steward-bench-'));
const say = (line: string): void => console.error(line);
try {
  await prepareEngines(say);
  const rows: Row[] = [];
  for (const size of sizes) {
    say(`${size} rules: generating the data`);
    const files = writeDataset(folder, size, REQUESTS);
    const engines = size > PEER_RULES_AT_MOST ? ENGINES.filter(({ name }) => name === 'steward') : ENGINES;
    for (const engine of engines) {
      say(`${size} rules: ${engine.name}`);
      rows.push({ rules: files.count, ...(await engine.run(files, seconds)) });
    }
    if (engines.length > 1) await checkAgreement(files, folder, say);
  }
  console.log(`\n${table(...engineTable(rows))}\n`);
  say('measuring the authorizer');
  const figures = await authorizerFigures(values.smoke ? 1_000 : 100_000, values.smoke ? 500 : 20_000, folder);
  console.log(`\n${table(...authorizerTable(figures))}\n`);
  say('measuring the start of the authorizer on a real hub');
  console.log(`\n${table(...startUpTable(await startUpFigures(values.smoke ? 500 : 100_000, folder, say)))}`);
} finally {
  rmSync(folder, { recursive: true });
}
