/** Time limits on waiting. */

/** The stream was silent for too long. */
export class SilenceError extends Error {
  readonly code = 'E_SILENCE';
}

/**
 * Passes `events` on; when none comes for as many milliseconds as `limitMs` says at the time, it calls `stop` and throws
 * SilenceError. The source is asked to end, not waited for: a dead connection may never answer.
 */
export async function* withSilenceLimit<T>(
  events: AsyncIterable<T>,
  limitMs: () => number,
  stop: () => void,
): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await limited(iterator.next(), limitMs());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stop();
    void iterator.return?.()?.catch(() => undefined);
  }
}

async function limited<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SilenceError(`nothing was heard for ${limitMs} ms`)), limitMs);
  });
  // When the silence wins, the other promise still settles some time; nobody listens any more.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
