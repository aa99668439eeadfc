/**
 * A process that outlives the one that started it, is found again by any later one, and never runs twice.
 *
 * It holds a lock on a file (flock) for as long as it lives: the kernel lets go of it at its end, however it ends. It
 * writes its process id and what it was started as under that lock, before it becomes the program. So "the lock is held"
 * is "it runs", and the file says which process it is; nobody else's process with the same id is ever taken for it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a daemon's files are: `NAME.lock`, `NAME.pid`, `NAME.log` in a folder. */
export interface DaemonPlace {
  readonly directory: string;
  readonly name: string;
}

export interface Daemon extends DaemonPlace {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** What else it depends on: files that it reads only once. */
  readonly depends?: readonly string[];
}

export interface RunningDaemon {
  readonly pid: number;
  /** Of what it was started as: see `digestOf`. */
  readonly digest: string;
}

/** The exit code of flock when another process holds the lock. */
const HELD = 75;
const TRIES = 20;
const TRY_AGAIN_MS = 50;
const KILLED_MS = 10_000;
/** Writes who it is, and becomes the program: the process id stays the same. */
const BECOME = 'echo "$$ $1" > "$0" && shift && exec "$@"';

export function digestOf({ command, depends = [] }: Pick<Daemon, 'command' | 'depends'>): string {
  return createHash('sha256')
    .update(JSON.stringify([command, depends]))
    .digest('hex')
    .slice(0, 16);
}

/** Starts it, unless it runs. Returns which process it is. Throws with the end of its log when it ends at once. */
export async function startDaemon(daemon: Daemon): Promise<RunningDaemon> {
  const running = await runningDaemon(daemon);
  if (running !== undefined) return running;
  const { lock, pid, log } = filesOf(daemon);
  await rm(pid, { force: true });
  const output = openSync(log, 'a', 0o600);
  const args = [
    '--no-fork',
    '--nonblock',
    '--conflict-exit-code',
    String(HELD),
    lock,
    'sh',
    '-c',
    BECOME,
    pid,
    digestOf(daemon),
    ...daemon.command,
  ];
  const child = spawn('flock', args, { detached: true, stdio: ['ignore', output, output], cwd: daemon.directory });
  closeSync(output);
  let ended: string | undefined;
  child.once('error', (error) => (ended = `flock can't be started: ${error.message}`));
  child.once(
    'exit',
    (code, signal) => (ended = code === HELD ? '' : `it ended at once (${signal ?? `exit code ${code ?? '?'}`})`),
  );
  child.unref();
  for (let attempt = 0; attempt < TRIES * 4; attempt++) {
    const found = await written(pid);
    if (found !== undefined && ended === undefined) return found;
    // Somebody else was faster, or looked whether it runs at this very moment.
    if (ended === '') return startDaemon(daemon);
    if (ended !== undefined) throw new Error(`${daemon.name}: ${ended}; ${await endOfLog(daemon)}`);
    await sleep(TRY_AGAIN_MS);
  }
  throw new Error(`${daemon.name} did not start`);
}

/** The process, if it runs. */
export async function runningDaemon(place: DaemonPlace): Promise<RunningDaemon | undefined> {
  const { lock, pid } = filesOf(place);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (!(await isHeld(lock))) return undefined;
    const found = await written(pid);
    if (found !== undefined) return found;
    // It is just being started, and has not written yet who it is.
    await sleep(TRY_AGAIN_MS);
  }
  throw new Error(`${lock} is held by a process that does not say which it is`);
}

/** Asks it to end, and makes it end after `graceMs`. Returns when it is gone; it may be gone already. Throws when `signal` aborts. */
export async function stopDaemon(place: DaemonPlace, graceMs: number, signal?: AbortSignal): Promise<void> {
  const started = Date.now();
  let asked = false;
  for (;;) {
    const running = await runningDaemon(place);
    if (running === undefined) break;
    const age = Date.now() - started;
    if (!asked) send(running.pid, 'SIGTERM');
    else if (age > graceMs) send(running.pid, 'SIGKILL');
    asked = true;
    signal?.throwIfAborted();
    if (age > graceMs + KILLED_MS) throw new Error(`${place.name} (process ${running.pid}) does not end`);
    await sleep(TRY_AGAIN_MS);
  }
  await rm(filesOf(place).pid, { force: true });
}

/** The last lines that it wrote, for messages. */
export async function endOfLog(place: DaemonPlace, lines = 3): Promise<string> {
  const text = await readFile(filesOf(place).log, 'utf8').catch(() => '');
  const last = text.trim().split('\n').slice(-lines).join(' | ').slice(-600);
  return `its log ${filesOf(place).log} ends: ${last === '' ? '(empty)' : last}`;
}

function filesOf({ directory, name }: DaemonPlace): Record<'lock' | 'pid' | 'log', string> {
  const at = (suffix: string): string => path.join(directory, `${name}.${suffix}`);
  return { lock: at('lock'), pid: at('pid'), log: at('log') };
}

/** A shared lock can be had exactly when nobody holds the daemon's own. */
async function isHeld(lock: string): Promise<boolean> {
  // Looking must not make the file.
  if (
    !(await access(lock).then(
      () => true,
      () => false,
    ))
  )
    return false;
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['--shared', '--nonblock', '--conflict-exit-code', String(HELD), lock, 'true'], {
      stdio: 'ignore',
    });
    child.once('error', (error) => reject(new Error(`flock (of util-linux) can't be started: ${error.message}`)));
    child.once('exit', (code) => {
      if (code === 0 || code === HELD) resolve(code === HELD);
      // The folder of the lock is gone, and with it whatever ran there.
      else resolve(false);
    });
  });
}

async function written(pidFile: string): Promise<RunningDaemon | undefined> {
  const [, pid, digest = ''] = /^(\d+) (\w+)\n$/.exec(await readFile(pidFile, 'utf8').catch(() => '')) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), digest };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}
