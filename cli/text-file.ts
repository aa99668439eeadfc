/** Reads a file of the user as text. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { InputError } from './errors.ts';
import { unreadable } from './file-errors.ts';

/**
 * The text, without a byte order mark. Throws InputError for a file that cannot be read or is not UTF-8: with
 * replacement characters in its names, a deny would apply to no one.
 */
export function readTextFile(file: string): string {
  const bytes = readBytes(file);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  throw new InputError(`${file}:${firstInvalidLine(bytes)}: not UTF-8`);
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  for (let from = 0, end = 0; from < bytes.length; from = end + 1, line++) {
    const at = bytes.indexOf(0x0a, from);
    end = at === -1 ? bytes.length : at;
    if (!isUtf8(bytes.subarray(from, end))) break;
  }
  return line;
}
