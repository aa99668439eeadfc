import assert from 'node:assert/strict';
import test from 'node:test';
import { policies } from '../../api/auth/policy.ts';
import { ApiError } from '../errors.ts';
import type { Client } from './client.ts';
import { retryRefusedWrites } from './retry-refused-writes.ts';

/** A stub that refuses as often as told, with this status. */
function refusing(times: number, status: number): { client: Client; tries: () => number } {
  let tries = 0;
  const remove = (): Promise<void> =>
    ++tries > times ? Promise.resolve() : Promise.reject(new ApiError(status, '', 'refused', 1));
  return { client: { delete: remove } as unknown as Client, tries: () => tries };
}

const refusals: Record<string, { times: number; status: number; tries: number; done: boolean }> = {
  'asked to wait, it waits and sends again': { times: 2, status: 429, tries: 3, done: true },
  'asked to wait too often, it gives up': { times: 9, status: 429, tries: 5, done: false },
  'any other refusal is not sent again': { times: 1, status: 403, tries: 1, done: false },
};
for (const [sentence, { times, status, tries, done }] of Object.entries(refusals)) {
  test(sentence, async () => {
    const stub = refusing(times, status);
    const sent = retryRefusedWrites(stub.client).delete(policies, { name: 'pol-a' });
    await (done ? sent : assert.rejects(sent, ApiError));
    assert.equal(stub.tries(), tries);
  });
}
