/** Whether a file or folder exists. */
import { access } from 'node:fs/promises';

/** Throws when that can't be told: what can't be read is not what is not there. */
export async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
