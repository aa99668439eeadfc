/**
 * `make verify`: runs every check that reads and changes nothing, two at a time, and prints each one's name and time. A check that
 * could not run is listed at the end; it counts neither as passed nor as failed.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { NOT_CHECKED } from './checks/check-dependencies.ts';

/** The one check that needs a network. */
const VULNERABILITIES = 'known vulnerabilities';
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc', '--noEmit'],
  ['format', 'biome', 'check', '--error-on-warnings'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['generated CRDs', 'node', 'hack/generators/generate-crds.ts', '--check'],
  ['generated RBAC and Deployments', 'node', 'hack/generators/generate-config.ts', '--check'],
  ['generated reference', 'node', 'hack/generators/generate-reference.ts', '--check'],
  ['links and diagrams', 'node', 'hack/checks/check-docs.ts'],
  ['import directions', 'node', 'hack/checks/check-imports.ts'],
  ['dead code', 'knip'],
  [VULNERABILITIES, 'node', 'hack/checks/check-dependencies.ts'],
];
const ROOT = path.dirname(import.meta.dirname);
const PARALLEL = 2;

type Result = 'ok' | 'FAILED' | 'NOT CHECKED';

const pending = [...CHECKS];
const results = (await Promise.all(Array.from({ length: PARALLEL }, work))).flat();
const unknown = results.filter(([, result]) => result === 'NOT CHECKED').map(([name]) => name);
if (unknown.length > 0)
  console.error(`\nNot checked: ${unknown.join(', ')}. Run this again where the package registry can be reached.`);
process.exitCode = results.some(([, result]) => result === 'FAILED') ? 1 : 0;

async function work(): Promise<[name: string, result: Result][]> {
  const done: [string, Result][] = [];
  for (let next = pending.shift(); next !== undefined; next = pending.shift())
    done.push([next[0], await check(...next)]);
  return done;
}

/** Runs one check. Its output is shown only when it fails. */
function check(name: string, ...[command = '', ...args]: string[]): Promise<Result> {
  const started = performance.now();
  return new Promise((resolve) => {
    const bin = path.join(ROOT, 'node_modules/.bin');
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      const result = resultOf(name, code);
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      console.error(`${result.padEnd(6)} ${name} (${seconds} s)${result === 'ok' ? '' : `\n${output.trimEnd()}`}`);
      resolve(result);
    });
  });
}

function resultOf(name: string, code: number | null): Result {
  if (code === 0) return 'ok';
  return name === VULNERABILITIES && code === NOT_CHECKED ? 'NOT CHECKED' : 'FAILED';
}
