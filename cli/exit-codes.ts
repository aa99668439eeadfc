/** Every exit code of `kubectl steward`, as data: the program exits with these, --help and the reference list them. */

export interface ExitCodeDoc {
  readonly code: number;
  /** What the exit code tells a script. */
  readonly meaning: string;
}

export const EXIT_CODES = {
  OK: { code: 0, meaning: 'The command did what it was asked to do. For can-i: yes, it is allowed.' },
  NO: { code: 1, meaning: 'Only can-i: no, it is not allowed.' },
  INPUT: {
    code: 2,
    meaning:
      'The input is wrong, access is missing, or the hub cannot be reached. One message on standard error says what to change.',
  },
  FAULT: { code: 3, meaning: 'The hub failed (HTTP 5xx), or the plugin has a bug.' },
} as const satisfies Readonly<Record<string, ExitCodeDoc>>;

/** The `code` of an InputError: any error that carries it ends the program with EXIT_CODES.INPUT. */
export const INPUT_ERROR = 'E_INPUT';
