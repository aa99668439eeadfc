/** Turns errors of the file system into messages that name the file and what is wrong with it. Pure. */
import { InputError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOSPC: 'no space left on the device',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
};

/** The error for a file of the user that could not be read. */
export function unreadable(file: string, error: unknown): InputError {
  return new InputError(`${file}: ${reasonOf(error, { ENOENT: 'no such file' })}`);
}

/**
 * The error for a file that could not be written. `option` is the command line option that names the file or its
 * folder.
 */
export function unwritable(file: string, option: string, error: unknown): InputError {
  const reason = reasonOf(error, { ENOENT: 'its folder does not exist', ENOTDIR: 'its folder is a file' });
  return new InputError(`cannot write ${file}: ${reason}\nName a path that you can write to with ${option}.`);
}

function reasonOf(error: unknown, more: Readonly<Record<string, string>>): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return more[code] ?? REASONS[code] ?? message;
}
