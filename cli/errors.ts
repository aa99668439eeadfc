/** What the user can put right: bad input, no access. It is printed as one plain message, and ends with exit code 2. */
export class InputError extends Error {
  /** Known by this, since the bundled plugin holds this class twice. */
  readonly code = 'E_INPUT';
}

export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && 'code' in error && error.code === 'E_INPUT';
}

/** A file of the user that could not be read. */
export function unreadable(file: string, error: unknown): InputError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ENOENT'
      ? 'no such file'
      : code === 'EISDIR'
        ? 'is a directory'
        : code === 'EACCES'
          ? 'permission denied'
          : message;
  return new InputError(`${file}: ${reason}`);
}
