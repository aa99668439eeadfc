/** `make soak MINUTES=10`: runs the fault storm and prints a table. Exits with code 1 if a guarantee did not hold. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { storm, tableOf } from './storm.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes must be a number greater than 0, got ${JSON.stringify(values.minutes)}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const started = Date.now();
const directory = await mkdtemp(path.join(tmpdir(), 'steward-soak-'));
const log = (line: string): void =>
  console.error(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
const report = await storm({ directory, minutes, seed: Number(values.seed ?? Date.now() % 100_000), log });
console.log(tableOf(report));
if (report.violations.length === 0) await rm(directory, { recursive: true, force: true });
else {
  log(`the logs are kept in ${directory}`);
  process.exitCode = 1;
}
