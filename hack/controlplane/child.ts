/**
 * A child process that does not outlive us: it is stopped on our exit and signals, and where `setpriv` exists (Linux)
 * the kernel ends it even when we are killed.
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
  /** Sends a signal; false when the process is gone. */
  kill(signal: NodeJS.Signals): boolean;
  /** Asks it to end, and makes it end after ten seconds. */
  stop(): Promise<ExitInfo>;
}

const GRACE_MS = 10_000;
const alive = new Set<Child>();
let guarded = false;

/** Starts the program; its output goes to the end of `logFile`. Throws when it can't be started at all. */
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

/** Ends what is left when this process ends by itself. Signals are the affair of whoever started us: see main.ts. */
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
