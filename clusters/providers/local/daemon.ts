/**
 * A process that outlives its starter, is found again by any later process, and never runs twice.
 *
 * For as long as it lives, it holds a lock on a file (flock), which the kernel releases however it ends. Under that
 * lock it writes its process id and a digest of its command, and then becomes the program. So the held lock proves that
 * it runs, and the pid file says which process it is. Another process that happens to have the same id is never
 * mistaken for it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningDaemon, readPidFile, removeEnded } from './pid-file.ts';

/** Where the files of a daemon are: `NAME.lock`, `NAME.pid`, `NAME.log` in a folder. */
export interface DaemonPlace {
  readonly directory: string;
  readonly name: string;
}

export interface Daemon extends DaemonPlace {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** What else requires a restart when it changes: digests of files that it reads only at its start. */
  readonly depends?: readonly string[];
}

/** The exit code of flock when another process holds the lock. */
const HELD = 75;
const POLL_MS = 50;
/** How long a daemon may take from its start to its pid file. */
const START_MS = 4_000;
/** How long a held lock may be without a pid file, while another process starts the daemon. */
const WRITE_MS = 1_000;
/** How long a process may take to end after SIGKILL. */
const KILLED_MS = 10_000;
/** Writes the pid file, then becomes the program, with the same process id. */
const BECOME = 'echo "$$ $1" > "$0" && shift && exec "$@"';
const LOG_LINES = 3;
const LOG_CHARACTERS = 600;

export function digestOf({ command, depends = [] }: Pick<Daemon, 'command' | 'depends'>): string {
  return createHash('sha256')
    .update(JSON.stringify([command, depends]))
    .digest('hex')
    .slice(0, 16);
}

/** Starts the daemon unless it runs, and returns its process. Throws with the end of its log when it ends at once. */
export async function startDaemon(daemon: Daemon): Promise<RunningDaemon> {
  const { pid } = filesOf(daemon);
  const left = await readPidFile(pid);
  const running = await runningDaemon(daemon);
  if (running !== undefined) return running;
  await removeEnded(pid, left);
  const ended = spawnDaemon(daemon);
  for (let waited = 0; waited < START_MS; waited += POLL_MS) {
    const [found, end] = [await readPidFile(pid), ended()];
    if (found !== undefined && end === undefined) return found;
    // Another process started it first, or was checking the lock at this moment.
    if (end === HELD) return startDaemon(daemon);
    if (end !== undefined) throw new Error(`${daemon.name}: ${end}; ${await endOfLog(daemon)}`);
    await sleep(POLL_MS);
  }
  throw new Error(`${daemon.name} has not started within ${START_MS / 1_000} s`);
}

/** Returns a function that says how the process ended; undefined while it runs. */
function spawnDaemon(daemon: Daemon): () => string | typeof HELD | undefined {
  const { lock, pid, log } = filesOf(daemon);
  const output = openSync(log, 'a', 0o600);
  const flock = ['--no-fork', '--nonblock', '--conflict-exit-code', String(HELD), lock];
  const args = [...flock, 'sh', '-c', BECOME, pid, digestOf(daemon), ...daemon.command];
  const child = spawn('flock', args, { detached: true, stdio: ['ignore', output, output], cwd: daemon.directory });
  closeSync(output);
  let ended: string | typeof HELD | undefined;
  child.once('error', (error) => (ended = `cannot run flock: ${error.message}`));
  child.once('exit', (code, signal) => {
    ended = code === HELD ? HELD : `it ended right after its start (${signal ?? `exit code ${code ?? '?'}`})`;
  });
  child.unref();
  return () => ended;
}

/** Returns the process; undefined when the daemon does not run. */
export async function runningDaemon(place: DaemonPlace): Promise<RunningDaemon | undefined> {
  const { lock, pid } = filesOf(place);
  for (let waited = 0; waited < WRITE_MS; waited += POLL_MS) {
    if (!(await isHeld(lock))) return undefined;
    const found = await readPidFile(pid);
    if (found !== undefined) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`a process holds ${lock}, but ${pid} does not say which`);
}

/**
 * Ends the daemon with SIGTERM, and with SIGKILL after `graceMs`. Returns when it has ended, also when it did not run.
 * Throws when `signal` aborts.
 */
export async function stopDaemon(place: DaemonPlace, graceMs: number, signal?: AbortSignal): Promise<void> {
  const { pid } = filesOf(place);
  const started = Date.now();
  let asked = false;
  for (;;) {
    const left = await readPidFile(pid);
    const running = await runningDaemon(place);
    if (running === undefined) return removeEnded(pid, left);
    const age = Date.now() - started;
    if (!asked) send(running.pid, 'SIGTERM');
    else if (age > graceMs) send(running.pid, 'SIGKILL');
    asked = true;
    signal?.throwIfAborted();
    if (age > graceMs + KILLED_MS)
      throw new Error(`${place.name} (process ${running.pid}) does not end, not even after SIGKILL`);
    await sleep(POLL_MS);
  }
}

/** Returns the last lines of its log, for messages. */
export async function endOfLog(place: DaemonPlace): Promise<string> {
  const { log } = filesOf(place);
  const text = await readFile(log, 'utf8').catch(() => '');
  const last = text.trim().split('\n').slice(-LOG_LINES).join(' | ').slice(-LOG_CHARACTERS);
  return `the last lines of its log ${log}: ${last === '' ? '(empty)' : last}`;
}

function filesOf({ directory, name }: DaemonPlace): Record<'lock' | 'pid' | 'log', string> {
  const at = (suffix: string): string => path.join(directory, `${name}.${suffix}`);
  return { lock: at('lock'), pid: at('pid'), log: at('log') };
}

/** Whether the daemon holds its lock: a shared lock is refused exactly then. */
async function isHeld(lock: string): Promise<boolean> {
  // flock would create a missing file.
  const isThere = await access(lock).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--shared', '--nonblock', '--conflict-exit-code', String(HELD), lock, 'true'], {
      stdio: 'ignore',
    });
    child.once('error', (error) => reject(new Error(`cannot run flock (of util-linux): ${error.message}`)));
    // Any other code means that the folder is gone, and with it everything that ran there.
    child.once('exit', (code) => resolve(code === HELD));
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
