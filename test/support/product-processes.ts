/** Looks up processes of the product. */
import assert from 'node:assert/strict';
import { PROCESSES, type ProductProcess } from '../../processes/processes.ts';

/** Returns the process with this name (PROCESS_NAMES of api/installation.ts). */
export function processNamed(name: string): ProductProcess {
  return PROCESSES.find(({ access }) => access.name === name) ?? assert.fail(`no process ${name}`);
}
