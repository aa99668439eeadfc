/**
 * Retries writes that API Priority and Fairness refuses with 429 and Retry-After. Such a write had no effect. Waiting here also
 * holds the worker back, so that its next key does not add to the overload.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../errors.ts';
import type { Client } from './client.ts';
import { interceptWrites } from './intercept-writes.ts';

const MAX_TRIES = 5;
const RETRY_AFTER_MS = 1_000;

/** Passes reads through to `client`. A write that is refused with 429 is retried after the requested delay, up to five times. */
export function retryRefusedWrites(client: Client): Client {
  return interceptWrites(client, patiently);
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
