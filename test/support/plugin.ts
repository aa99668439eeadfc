/** `kubectl steward`, as a process of its own. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = path.join(import.meta.dirname, '../../cli/main.ts');
const LIMIT_MS = 240_000;

export interface Told {
  readonly code: number;
  /** What it printed, on whichever stream. */
  readonly output: string;
}

/** Runs `kubectl steward ARGS` with that kubeconfig of the hub; undefined for a command that asks no hub. */
export async function plugin(kubeconfig: string | undefined, ...args: string[]): Promise<Told> {
  const hub = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  const ran = promisify(execFile)(process.execPath, [PROGRAM, ...args, ...hub], { timeout: LIMIT_MS });
  const {
    stdout,
    stderr,
    code = 0,
  } = (await ran.catch((error: { stdout: string; stderr: string; code: number }) => error)) as {
    stdout: string;
    stderr: string;
    code?: number;
  };
  return { code, output: stdout + stderr };
}
