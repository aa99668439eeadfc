/** A client that writes only while something holds: a leader that lost its Lease must not finish what it began. */
import type { Client } from './client.ts';
import { withWrites } from './client-writes.ts';

/** The write was not sent. */
export class FencedError extends Error {
  readonly code = 'E_FENCED';
}

/** Reads as `client` does; every write throws FencedError when `mayWrite` says no at the moment of sending. */
export function fencedClient(client: Client, mayWrite: () => boolean): Client {
  return withWrites(client, async (write) => {
    if (!mayWrite()) throw new FencedError('not written: this process no longer leads');
    return write();
  });
}
