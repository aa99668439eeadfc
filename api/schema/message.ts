/** Messages in a status or an event. Pure. */

/** The API server accepts 32,768, but users read messages in a terminal. */
const MAX_CHARACTERS = 1_000;
/** How many objects a message names. */
const MAX_NAMED = 5;

/** The message, cut to 1,000 characters with an ellipsis at the end. */
export function shortened(message: string): string {
  return message.length > MAX_CHARACTERS ? `${message.slice(0, MAX_CHARACTERS - 1)}…` : message;
}

/** `names` for a message: the first five, and the number of the others. */
export function firstNames(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
