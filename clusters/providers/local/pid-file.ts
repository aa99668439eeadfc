/**
 * The file with the process id of a daemon. The daemon writes it while it holds its lock; everyone else may only remove
 * what an ended daemon left.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';

export interface RunningDaemon {
  readonly pid: number;
  /** Identifies the command that it was started with: see `digestOf`. */
  readonly digest: string;
}

/** Returns the content of the file; undefined when there is no such file, or it is being written. */
export async function readPidFile(file: string): Promise<RunningDaemon | undefined> {
  const [, pid, digest = ''] = /^(\d+) (\w+)\n$/.exec(await readFile(file, 'utf8').catch(() => '')) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), digest };
}

/**
 * Removes the file that `ended` left, and never the file of a daemon that another process has started meanwhile:
 * without its file, a running daemon could no longer be found. `ended` is the content that was read before the lock was
 * seen free.
 */
export async function removeEnded(file: string, ended: RunningDaemon | undefined): Promise<void> {
  if (ended === undefined) return;
  const aside = `${file}.${randomUUID()}`;
  // Moved first and compared then: nothing can be written between the two.
  if (!(await succeeds(rename(file, aside), 'ENOENT'))) return;
  const moved = await readPidFile(aside);
  const isEnded = moved?.pid === ended.pid && moved.digest === ended.digest;
  if (!isEnded) await succeeds(link(aside, file), 'EEXIST');
  await rm(aside, { force: true });
}

/** False for an error with that code; throws others. */
async function succeeds(action: Promise<void>, code: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
}
