/** The error for everything that the user can fix, such as bad input or missing access. */
import { INPUT_ERROR } from './exit-codes.ts';

/** Printed as one plain message, without a stack trace; ends the program with EXIT_CODES.INPUT. */
export class InputError extends Error {
  readonly code = INPUT_ERROR;
}

/** Compares the code, not the class: the bundled plugin contains this class twice. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && 'code' in error && error.code === INPUT_ERROR;
}
