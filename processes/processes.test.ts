/** What the list says of each process, against the process itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { helpText } from '../runtime/process/help.ts';
import { flagsOf, metricsOf, PROCESSES, TANZU_CONTROLLER } from './processes.ts';

const ROOT = path.dirname(import.meta.dirname);
const run = promisify(execFile);

describe('each process', () => {
  for (const product of [...PROCESSES, TANZU_CONTROLLER]) {
    test(`${product.access.name} has the flags that are listed for it`, async () => {
      const { stdout } = await run(process.execPath, [product.main, '--help'], { cwd: ROOT });
      assert.equal(stdout, helpText(product.access.name, flagsOf(product)));
    });
    test(`${product.access.name} documents each flag and metric in whole sentences, each metric once`, () => {
      for (const [flag, { help }] of Object.entries(flagsOf(product))) assert.match(help, /^[A-Z"h].*\.$/s, flag);
      const names = metricsOf(product).map(({ name }) => name);
      assert.equal(new Set(names).size, names.length);
    });
  }
});
