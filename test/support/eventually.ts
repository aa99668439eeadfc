/** Polls for a condition. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `check` every 50 ms until it returns something other than undefined or false, and returns that. Throws after
 * `limitMs` with the last error of `check` as the cause. `what` completes the sentence "timed out waiting until …".
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let problem: unknown;
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > deadline)
      throw new Error(`timed out after ${limitMs / 1_000} s waiting until ${what}`, { cause: problem });
    await sleep(50);
  }
}
