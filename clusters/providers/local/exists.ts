/** Checks whether a file or folder exists. */
import { access } from 'node:fs/promises';

/** Throws when the check itself fails: an unreadable folder must not be mistaken for a missing one. */
export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
