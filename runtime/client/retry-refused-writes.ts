/**
 * A client that waits when the API server asks it to: priority and fairness refuses a write with 429 and Retry-After, and
 * did nothing of it. Waiting here holds the worker back as well, so that the next key does not add to the rush.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import type { Client } from './client.ts';
import { withWrites } from './intercept-writes.ts';

const MAX_TRIES = 5;
const RETRY_AFTER_MS = 1_000;

/** Reads as `client` does; a write that is refused with 429 is sent again when its time has come, five times at most. */
export function patientClient(client: Client): Client {
  return withWrites(client, patiently);
}

async function patiently<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || attempt === MAX_TRIES) throw error;
      await sleep(error.retryAfterMs ?? RETRY_AFTER_MS);
    }
  }
}
