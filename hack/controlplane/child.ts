/**
 * Starts child processes that do not outlive this process: they are killed on its exit, and where `setpriv` exists (Linux)
 * the kernel ends them even when this process is killed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';

export interface ChildOptions {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<ExitInfo>;
  running(): boolean;
  /** Sends a signal. Returns false when the process has exited. */
  kill(signal: NodeJS.Signals): boolean;
  /** Sends SIGTERM, and SIGKILL ten seconds later. Resolves when the process has exited. */
  stop(): Promise<ExitInfo>;
}

const GRACE_MS = 10_000;
const alive = new Set<Child>();
let guarded = false;

/** Starts the program and appends its output to `logFile`. Throws when the program can't be run. */
export function startChild({ name, command, logFile, env }: ChildOptions): Child {
  guard();
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const [program = '', ...args] = [...deathSignal(), ...command];
  const started = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  const exited = new Promise<ExitInfo>((resolve) => {
    started.once('error', () => resolve({ code: null, signal: null }));
    started.once('exit', (code, signal) => resolve({ code, signal }));
  });
  if (started.pid === undefined) throw new Error(`cannot start ${name}: ${command[0] ?? ''} can't be run`);
  const child: Child = {
    name,
    pid: started.pid,
    logFile,
    exited,
    running: () => started.exitCode === null && started.signalCode === null,
    kill: (signal) => child.running() && started.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      const info = await exited;
      clearTimeout(timer);
      return info;
    },
  };
  alive.add(child);
  void exited.then(() => alive.delete(child));
  return child;
}

/** Kills the remaining children when this process exits. Signals are handled by the program: see interrupt.ts. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
  });
}

let prefix: readonly string[] | undefined;

function deathSignal(): readonly string[] {
  prefix ??=
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'TERM', '--'] : [];
  return prefix;
}
