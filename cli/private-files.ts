/** Writes files that hold keys: only the user who runs the command may read them. */
import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { unwritable } from './file-errors.ts';

/**
 * Fails early for a path that cannot be written, before a key or a certificate is made for nothing. Throws InputError,
 * which names the file and `option`, the command line option that chose it.
 */
export async function checkWritable(file: string, option: string): Promise<void> {
  try {
    // The dot makes it fail with ENOTDIR for a folder that is a file.
    await access(`${path.dirname(file)}${path.sep}.`, constants.W_OK);
  } catch (error) {
    throw unwritable(file, option, error);
  }
}

/** Writes one file with mode 0600, also if it exists with another mode. Throws InputError as checkWritable does. */
export async function writePrivateFile(file: string, text: string, option: string): Promise<void> {
  try {
    await using handle = await open(file, 'w', 0o600);
    // Not for /dev/stdout and the like.
    if ((await handle.stat()).isFile()) await handle.chmod(0o600);
    await handle.writeFile(text);
  } catch (error) {
    throw unwritable(file, option, error);
  }
}

/** Creates the folder with mode 0700 if it does not exist, and writes the files into it. Throws InputError. */
export async function writePrivateFolder(
  folder: string,
  files: Readonly<Record<string, string>>,
  option: string,
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unwritable(folder, option, error);
  }
  for (const [name, text] of Object.entries(files)) await writePrivateFile(path.join(folder, name), text, option);
}
