/** Writes a data set to the files that every engine reads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { specOf } from '../authorization/rules/line.ts';
import { datasetOf } from './dataset.ts';

export interface DataFiles {
  readonly rules: string;
  readonly requests: string;
  /** The exact number of rules. */
  readonly count: number;
}

/** Writes about `size` rules and exactly `requests` requests into `folder`. */
export function writeDataset(folder: string, size: number, requests: number): DataFiles {
  mkdirSync(folder, { recursive: true });
  const dataset = datasetOf(size, requests);
  const files = {
    rules: path.join(folder, `rules-${size}.csv`),
    requests: path.join(folder, `requests-${size}.jsonl`),
    count: dataset.lines.length,
  };
  const lines = dataset.lines.map((line) => {
    const { ptype, v0, v1, v2, v3, v4 } = specOf(line);
    return (ptype === 'p' ? [ptype, v0, v1, v2, v3, v4] : [ptype, v0, v1, v2]).join(', ');
  });
  writeFileSync(files.rules, `${lines.join('\n')}\n`);
  writeFileSync(files.requests, `${dataset.requests.map((request) => JSON.stringify(request)).join('\n')}\n`);
  return files;
}
