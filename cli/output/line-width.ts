/** How many characters fit on a line. */

const WITHOUT_TERMINAL = 80;

/** The width of the terminal that standard output goes to; 80 when it is no terminal. */
export function lineWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : WITHOUT_TERMINAL;
}
