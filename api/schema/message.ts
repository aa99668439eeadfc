/** Messages in a status or an event. Pure. */

/** The API server takes more, but a message is read in a table of kubectl. */
const CHARACTERS_AT_MOST = 1_000;

/** The message, cut to 1,000 characters with an ellipsis at the end. */
export function shortened(message: string): string {
  return message.length > CHARACTERS_AT_MOST ? `${message.slice(0, CHARACTERS_AT_MOST - 1)}…` : message;
}
