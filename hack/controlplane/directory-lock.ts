/**
 * Keeps a directory to one program at a time. The lock is the kernel's (flock), held by a small child process that exits
 * when its standard input closes: however this program ends, SIGKILL included, the lock is released.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

/** The exit code of flock when another process holds the lock. */
const HELD = 75;
const HOLD = 'echo locked && read -r _';

const holder = z.object({ pid: z.number(), since: z.string() });

/** Another program uses the directory. The message says which one and what to do. */
export class DirectoryInUseError extends Error {
  constructor(directory: string, by: z.infer<typeof holder> | undefined) {
    const who = by === undefined ? 'another process' : `process ${by.pid}, which started at ${by.since}`;
    const stop = by === undefined ? 'Stop it' : `Stop it (Ctrl-C in its terminal, or \`kill ${by.pid}\`)`;
    super(`${directory} is in use by ${who}. ${stop}, or use another folder: --directory=PATH.`);
  }
}

/**
 * Locks `directory`, which is created when it is missing, until the returned function is called or this process ends.
 * Throws DirectoryInUseError when another process holds the lock; nothing in the directory has changed then.
 */
export async function lockDirectory(directory: string): Promise<() => void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'lock');
  const args = ['--no-fork', '--nonblock', '--conflict-exit-code', String(HELD), file, 'sh', '-c', HOLD];
  // In a process group of its own: Ctrl-C must not release the lock before this process has cleaned up.
  const child = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const code = await new Promise<number | null | 'locked'>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot start flock (of util-linux): ${error.message}`)));
    child.once('exit', resolve);
    child.stdout.once('data', () => resolve('locked'));
  });
  if (code === HELD) throw new DirectoryInUseError(directory, await holderIn(file));
  if (code !== 'locked') throw new Error(`cannot lock ${file}: flock exited with code ${code ?? 'none'}`);
  await writeFile(file, JSON.stringify({ pid: process.pid, since: localTime(new Date()) }));
  return () => child.stdin.end();
}

/** Undefined in the moment between locking and writing. */
async function holderIn(file: string): Promise<z.infer<typeof holder> | undefined> {
  try {
    return holder.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** `2026-01-31 14:03:22`, as the clock on the wall shows it. */
function localTime(time: Date): string {
  return time.toLocaleString('sv-SE');
}
