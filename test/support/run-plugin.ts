/** Runs `kubectl steward` as a process. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = path.join(import.meta.dirname, '../../cli/main.ts');
const TIMEOUT_MS = 240_000;

export interface PluginRun {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/**
 * Runs `kubectl steward ARGS` with the kubeconfig of a hub, or without one for a command that needs no hub. Never
 * throws.
 */
export async function plugin(kubeconfig: string | undefined, ...args: string[]): Promise<PluginRun> {
  const hub = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  const ran = promisify(execFile)(process.execPath, [PROGRAM, ...args, ...hub], { timeout: TIMEOUT_MS });
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
