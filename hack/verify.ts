/** `make verify`: every check that reads and changes nothing, two at a time, each with its name and its time. */
import { spawn } from 'node:child_process';
import path from 'node:path';

const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '--noEmit'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['generated CRDs', 'node', 'hack/generate-crds.ts', '--check'],
  ['generated RBAC and Deployments', 'node', 'hack/generate-config.ts', '--check'],
  ['import directions', 'node', 'hack/check-imports.ts'],
  ['dead code', 'knip'],
];
const ROOT = path.dirname(import.meta.dirname);
const PARALLEL = 2;

const pending = [...CHECKS];
const results = await Promise.all(Array.from({ length: PARALLEL }, work));
process.exitCode = results.every(Boolean) ? 0 : 1;

async function work(): Promise<boolean> {
  let good = true;
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) good = (await check(...next)) && good;
  return good;
}

/** Runs one check; its output is shown only when it fails. */
function check(name: string, ...[command = '', ...args]: string[]): Promise<boolean> {
  const started = performance.now();
  return new Promise((resolve) => {
    const bin = path.join(ROOT, 'node_modules/.bin');
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      console.error(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${code === 0 ? '' : `\n${output}`}`);
      resolve(code === 0);
    });
  });
}
